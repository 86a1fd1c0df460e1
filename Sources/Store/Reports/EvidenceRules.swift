import Safeguarding

/// What follows from a report's signs and flags, decided without a database.
struct EvidenceRules: Sendable {
    /// The signs of the active template.
    let signs: [String: SignWeight]

    /// The compartment of the item of one sign: `lado` signs are, whoever reports them (design.md "Compartments").
    func compartment(of sign: String, in report: ValidatedReport) -> Compartment {
        signs[sign]?.isLADO == true ? .lado : report.compartment
    }

    /// The compartment of the report's row: that of its items where they agree, so that a report with nothing but
    /// `lado` items is not even counted elsewhere.
    func compartment(of report: ValidatedReport) -> Compartment {
        report.signs.allSatisfy { signs[$0]?.isLADO == true } ? .lado : report.compartment
    }

    /// The compartment of narrative and originator.
    func privateCompartment(of report: ValidatedReport) -> Compartment {
        report.adultWorksWithChildren || report.signs.contains { signs[$0]?.isLADO == true }
            ? .lado : report.compartment
    }

    /// Whether the report gives the open view an item.
    func opensPlace(_ report: ValidatedReport) -> Bool {
        report.signs.contains { compartment(of: $0, in: report).isOpen }
    }

    /// The order of work (design.md "Due list"). Self-reports too: a business reporting on itself may be right.
    func priority(of report: ValidatedReport) -> DuePriority {
        if report.isBackFile { return .background }
        if report.happeningNow { return .now }
        let isGraded = report.grade.information <= .c
        return isGraded && report.signs.contains { (signs[$0]?.severity ?? 0) >= 5 } ? .now : .live
    }

    /// What the clock says of an observation (interfaces.md "Reports"): the start at most five minutes after `received`
    /// and not before 1990. Both bounds are allowed.
    static func clockFault(of report: ValidatedReport, received: Moment) -> Fault? {
        if report.observedFrom > received + clockTolerance {
            return Fault(
                field: "observed",
                reason: .observedInFuture,
                message: "lies in the future",
                accepted: "a start not later than five minutes after receipt"
            )
        }
        if report.observedFrom < earliest {
            return Fault(
                field: "observed",
                reason: .observedTooOld,
                message: "lies before 1990",
                accepted: "1990-01-01 or later"
            )
        }
        return nil
    }

    /// Clocks of telephones and control rooms differ by this much and no more.
    static let clockTolerance: Int64 = 5 * Moment.minute
    /// 1990-01-01T00:00:00Z.
    static let earliest = Moment(seconds: 631_152_000)
}
