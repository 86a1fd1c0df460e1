/// What the answer to a report reminds people of (domain.md 7.9); the sentences are the template's.
package enum Prompt: String, Sendable, CaseIterable {
    case call999 = "call-999"
    case referMASH = "refer-mash"
    case considerNRM = "consider-nrm"
    case lado
    case thinkTwice = "think-twice"
    case preserveEvidence = "preserve-evidence"
    case adultSafeguarding = "adult-safeguarding"
    case licensedElsewhere = "licensed-elsewhere"
    case unusualForCategory = "unusual-for-category"
    /// Crime and Policing Act 2026 Pt 5 Ch 2; given once a template puts it in force.
    case dutyToReport = "duty-to-report"
}

/// A prompt with its sentence.
package struct PromptText: Sendable, Hashable {
    package var code: Prompt
    package var text: String

    package init(code: Prompt, text: String) {
        self.code = code
        self.text = text
    }
}
