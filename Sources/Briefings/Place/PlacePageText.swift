import Safeguarding

extension ShownExplanation.Line {
    /// Severity and factors as a product, such as `4 × 1 × 0.9 × 1 × 0.75`.
    var weighing: String {
        guard let item = details?.item else { return "restricted" }
        let factors = [item.sourceFactor, item.informationFactor, item.attributionFactor, item.ageFactor]
        return "\(item.severity) × " + factors.map { Hundredths($0).shortest }.joined(separator: " × ")
            + " = " + itemPoints.shown
    }

    var signText: String { details?.signLabel ?? ShownExplanation.restrictedItem }
    var agencyText: String { details.map { $0.item.agency } ?? "restricted" }
    var observedText: String { details.map { London.display($0.item.observed) } ?? "restricted" }
    var gradeText: String { details?.item.grade.text ?? "-" }
}

extension ShownExplanation {
    /// The rules that held a number down or up, and what counted for nothing, as sentences.
    var ruleSentences: [String] {
        var sentences = capped.map { "Event \($0.event) is capped: \($0.points.shown) points less." }
        if !rules.isEmpty { sentences.append("Rules in force: " + rules.joined(separator: ", ") + ".") }
        for item in uncounted {
            sentences.append("Not counted (\(item.reason.rawValue)): \(item.item?.sign ?? Self.restrictedItem).")
        }
        return sentences
    }
}

extension PlacePage {
    /// What is said instead of lines.
    var noLinesSentence: String {
        explanation == nil || explanation?.lines != nil
            ? "Nothing adds up to points at present." : "The lines of the sum are shown with statutory clearance."
    }

    /// The page for a terminal.
    package var plainText: String {
        var layout = TextLayout()
        layout.centred(wording.marking)
        layout.line()
        layout.heading("\(entry.title) [\(entry.band.label.uppercased())]", underline: "=")
        if let notice = wording.notice { layout.paragraph(notice, first: "DEMONSTRATION: ") }
        layout.line("\(entry.categoryLabel); \(entry.areas.joined(separator: ", "))")
        layout.line("\(entry.id.text)")
        layout.line("As of \(London.display(asOf)) (London), template \(wording.templateID) \(wording.templateVersion)")
        layout.paragraph(view.sentence)
        layout.line()
        for reason in entry.reasons { layout.paragraph(reason, first: "- ") }
        layout.paragraph(entry.countsSentence, first: "- ")
        layout.line()
        writeSum(&layout)
        for sentence in entry.openSentences { layout.paragraph(sentence, first: "Open: ") }
        for gap in entry.gaps { layout.paragraph(gap, first: "Gap: ") }
        layout.line()
        layout.centred(wording.marking)
        return layout.text.withoutTerminalControls
    }

    private func writeSum(_ layout: inout TextLayout) {
        guard let explanation else { return }
        if let lines = explanation.lines, !lines.isEmpty {
            layout.table(
                ["Event", "Sign", "From", "Grade", "Weighed", "Counts"],
                lines.map {
                    [String($0.event), $0.signText, $0.agencyText, $0.gradeText, $0.weighing, $0.counted.shown]
                }
            )
        } else {
            layout.paragraph(noLinesSentence)
        }
        for sentence in explanation.ruleSentences { layout.paragraph(sentence) }
        for control in explanation.controls {
            layout.paragraph(
                "Control \(control.code): \(control.state.rawValue), credit \(Hundredths(control.credit).shortest)."
            )
        }
        layout.line()
    }
}

extension PageTemplates {
    static func values(_ page: PlacePage) -> [String: Any] {
        var values = values(page.entry)
        let lines = page.explanation?.lines ?? []
        let controls = page.explanation?.controls ?? []
        values["styles"] = styleSheet
        values["marking"] = page.wording.marking
        values["notice"] = page.wording.notice
        values["asOf"] = London.display(page.asOf)
        values["template"] = "\(page.wording.templateID), version \(page.wording.templateVersion)"
        values["view"] = page.view.sentence
        values["hasLines"] = !lines.isEmpty
        values["noLines"] = page.noLinesSentence
        values["sumCaption"] = "Weighing: severity × source × information × attribution × age = points of the item"
        values["lines"] = lines.map { line in
            [
                "event": String(line.event), "sign": line.signText, "agency": line.agencyText,
                "observed": line.observedText, "grade": line.gradeText, "weighing": line.weighing,
                "counted": line.counted.shown,
            ]
        }
        values["rules"] = page.explanation?.ruleSentences ?? []
        values["hasControls"] = !controls.isEmpty
        values["controls"] = controls.map { control in
            [
                "code": control.code, "state": control.state.rawValue,
                "verified": control.verified.map { London.display(London.date(at: $0)) } ?? "no",
                "credit": Hundredths(control.credit).shortest,
            ]
        }
        return values
    }
}
