package import Safeguarding

/// Which prompts a report gets, once its place is known (domain.md 7.9).
///
/// The template says what calls each forth and in which words; two have a trigger of their own: a sign that is unusual for
/// the kind of place, and a vehicle licensed by an authority outside the partnership.
package struct PromptRules: Sendable {
    private let rules: IntakeRules

    package init(rules: IntakeRules) {
        self.rules = rules
    }

    /// In the template's order, each code once. Pure and quick: called inside the store's transaction.
    package func prompts(for report: ValidatedReport, at location: ResolvedLocation?) -> [PromptText] {
        var given: Set<Prompt> = []
        return rules.prompts.compactMap { rule in
            guard calls(rule, report, location), given.insert(rule.code).inserted else { return nil }
            return PromptText(code: rule.code, text: rule.text)
        }
    }

    private func calls(
        _ rule: IntakeRules.PromptRule,
        _ report: ValidatedReport,
        _ location: ResolvedLocation?
    ) -> Bool {
        if rule.happeningNow, report.happeningNow { return true }
        if rule.adultWorksWithChildren, report.adultWorksWithChildren { return true }
        if !rule.signs.isDisjoint(with: report.signs) { return true }
        switch rule.code {
        case .unusualForCategory: return isUnusual(report, at: location?.category ?? report.location.category)
        case .licensedElsewhere:
            return isLicensedElsewhere(report.location) || report.journeyEnds.contains(where: isLicensedElsewhere)
        default: return false
        }
    }

    /// Some sign is expected at other kinds of place only; unknown while the kind is.
    private func isUnusual(_ report: ValidatedReport, at category: LocationCategory?) -> Bool {
        guard let category else { return false }
        return report.signs.contains { code in
            guard let expected = rules.signs[code]?.categories else { return false }
            return !expected.contains(category)
        }
    }

    private func isLicensedElsewhere(_ location: LocationReference) -> Bool {
        guard case .vehicle(_, let authority) = location.form, !rules.localLicensingAuthorities.isEmpty else {
            return false
        }
        return !rules.localLicensingAuthorities.contains(authority)
    }
}

extension ValidatedReport {
    fileprivate var journeyEnds: [LocationReference] { [journeyFrom, journeyTo].compactMap { $0 } }
}
