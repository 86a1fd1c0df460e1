import Safeguarding

/// One sign of a report as it is about to be stored: a version of an item without its number.
struct ItemDraft: Hashable {
    var sign: String
    var grade: Grade
    var attribution: Attribution
    /// Exclusive end of the interval, never later than `received`.
    var observed: Moment
    var received: Moment
    var originator: OriginatorHash?
    var originatorUnconfirmed: Bool
    var selfReport: Bool
    var happeningNow: Bool
    var compartment: Compartment
    var handling: HandlingCode

    /// The items of a report, in the order of its signs.
    ///
    /// - Parameters:
    ///   - received: Bounds `observed` (design.md "Observed").
    ///   - isSelfReport: Claimed, and the agency or person is linked to the place.
    static func items(
        of report: ValidatedReport,
        rules: EvidenceRules,
        received: Moment,
        isSelfReport: Bool,
        originatorUnconfirmed: Bool
    ) -> [ItemDraft] {
        report.signs.map { sign in
            ItemDraft(
                sign: sign,
                grade: report.grade,
                attribution: report.attribution,
                observed: min(report.observedTo, received),
                received: received,
                originator: report.originator,
                originatorUnconfirmed: originatorUnconfirmed,
                selfReport: isSelfReport,
                happeningNow: report.happeningNow,
                compartment: rules.compartment(of: sign, in: report),
                handling: report.handling
            )
        }
    }
}
