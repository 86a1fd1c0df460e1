package import Safeguarding

/// A sign: something that can be noticed at a place, never a trait of a child (domain.md section 3).
package struct SignDefinition: Sendable, Hashable {
    package var code: String
    package var label: String
    /// 1 ordinary alone, 2 poor practice, 3 recognised indicator, 4 strong indicator, 5 exploitation seen; 0 protective.
    package var severity: Int
    /// Does not age; an inspection clears it.
    package var isStructural: Bool
    /// Recorded and never adds risk.
    package var isProtective: Bool
    /// Its items belong to the `lado` compartment, and their code never leaves by itself.
    package var isRestricted: Bool
    /// Where it is usual; elsewhere it is accepted with a prompt.
    package var categories: Set<LocationCategory>
    /// Who usually notices it.
    package var reporters: Set<AgencyKind>
}

/// A kind of place (domain.md section 2).
package struct CategoryDefinition: Sendable, Hashable {
    package var category: LocationCategory
    package var label: String
    package var covers: String
    package var regulator: String
    package var note: String
    /// Name and position are withheld without clearance.
    package var isRestricted: Bool
}

/// The grades of an agency kind's ungraded reports.
package struct DefaultGrades: Sendable, Hashable {
    package var seen: Grade
    package var told: Grade
    package var heard: Grade

    package func grade(_ knowledge: Knowledge) -> Grade {
        switch knowledge {
        case .seen: seen
        case .told: told
        case .heard: heard
        }
    }
}

/// A power or other response, for people to consider (domain.md section 6).
package struct DisruptionOption: Sendable, Hashable {
    package var code: String
    package var label: String
    /// Act and section; empty for what needs no power.
    package var law: String
    package var who: String
    package var terms: String
    /// The source was read; otherwise it is general knowledge that must be checked before use.
    package var isSourced: Bool
    /// The provision may not be in force yet.
    package var checkCommencement: Bool
    package var categories: Set<LocationCategory>
}

/// A control measure of the catalogue (domain.md 4.8).
package struct ControlDefinition: Sendable, Hashable {
    package var code: String
    package var label: String
    /// The categories for which it earns credit.
    package var categories: Set<LocationCategory>
}

/// When a reporter is reminded of something (domain.md 7.9).
package struct PromptRule: Sendable, Hashable {
    package var prompt: Prompt
    package var text: String
    /// False while the law behind it has not commenced: never given.
    package var isInForce: Bool
    package var onHappeningNow: Bool
    package var onAdultWorksWithChildren: Bool
    package var onUnusualForCategory: Bool
    /// Any sign of at least this severity; nil = not by severity.
    package var fromSeverity: Int?
    package var signs: Set<String>
}

extension Template {
    /// The prompts for a report, in the template's order.
    package func prompts(
        signs codes: [String],
        category: LocationCategory?,
        happeningNow: Bool,
        adultWorksWithChildren: Bool
    ) -> [PromptText] {
        let known = codes.compactMap(sign)
        let isUnusual = category.map { category in known.contains { !$0.categories.contains(category) } } ?? false
        let gravest = known.map(\.severity).max() ?? 0
        return prompts.compactMap { rule in
            let applies =
                (rule.onHappeningNow && happeningNow)
                || (rule.onAdultWorksWithChildren && adultWorksWithChildren)
                || (rule.onUnusualForCategory && isUnusual)
                || (rule.fromSeverity.map { gravest >= $0 } ?? false)
                || codes.contains { rule.signs.contains($0) }
            return rule.isInForce && applies ? PromptText(code: rule.prompt, text: rule.text) : nil
        }
    }
}
