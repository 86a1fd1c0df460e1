import Safeguarding
import Store

/// Everything stewards do, brought together: decisions about places, and settling where a report belongs.
struct Stewardship: StewardActions {
    let desk: StewardDesk
    let settlement: @Sendable () async throws -> ReportSettlement
    /// Rung when a report was settled; the desk rings for itself.
    let due: Doorbell

    func control(
        _ code: String,
        at location: LocationID,
        state: ControlState,
        moment: Moment?,
        note: String?,
        by steward: Steward
    ) async throws {
        try await desk.control(code, at: location, state: state, moment: moment, note: note, by: steward)
    }

    func inspect(_ location: LocationID, clearedSign: String, moment: Moment?, by steward: Steward) async throws {
        try await desk.inspect(location, clearedSign: clearedSign, moment: moment, by: steward)
    }

    func review(
        _ location: LocationID,
        outcome: String,
        closes: Bool,
        displaced: Displacement?,
        asOf read: Moment?,
        by steward: Steward
    ) async throws {
        try await desk.review(
            location,
            outcome: outcome,
            closes: closes,
            displaced: displaced,
            asOf: read,
            by: steward
        )
    }

    func judge(
        _ location: LocationID,
        band: Band,
        reason: String,
        until: Moment,
        by steward: Steward
    ) async throws {
        try await desk.judge(location, band: band, reason: reason, until: until, by: steward)
    }

    func releaseLADO(_ location: LocationID, released: Bool, by steward: Steward) async throws {
        try await desk.releaseLADO(location, released: released, by: steward)
    }

    func locate(_ report: ReportID, at location: LocationID, by steward: Steward) async throws {
        try await settlement().locate(report, at: location, by: steward)
        due.ring()
    }
}
