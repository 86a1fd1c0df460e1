import Briefings
import Safeguarding
import Synchronization
import Web

/// A picture of the made-up town Marlowick for every reader, with what the reader's view must not show left in or out.
final class MemoryBriefings: BriefingSource, PlaceExplainer {
    static let place = LocationID(UniqueID(high: 0x0192_3A5B_0000_7001, low: 0x8000_0000_0000_0001))
    static let hidden = LocationID(UniqueID(high: 0x0192_3A5B_0000_7002, low: 0x8000_0000_0000_0002))
    static let asOf = Moment(seconds: 1_795_000_000)
    static let withheldName = "Hazel Lodge"

    private struct State {
        var queries: [BriefingQuery] = []
        var failure: StoreFailure?
        var notice: String?
        var readiness = Readiness(
            schemaVersion: 1,
            dueNow: 0,
            oldestDueSeconds: 0,
            unsealedAudit: 0,
            singleRole: false,
            synchronousCommit: true,
            oldestTransactionSeconds: 0,
            hasAsynchronousStandby: false,
            notificationQueueUse: 0,
            deadRows: 0
        )
        var stalls = false
    }

    private let state = Mutex(State())

    var queries: [BriefingQuery] { state.withLock { $0.queries } }
    func fail(with failure: StoreFailure?) { state.withLock { $0.failure = failure } }
    func stall() { state.withLock { $0.stalls = true } }
    func show(notice: String) { state.withLock { $0.notice = notice } }
    func set(readiness change: (inout Readiness) -> Void) { state.withLock { change(&$0.readiness) } }

    private func pass(_ query: BriefingQuery? = nil) async throws {
        let (failure, stalls) = state.withLock { state in
            if let query { state.queries.append(query) }
            return (state.failure, state.stalls)
        }
        if let failure { throw failure }
        if stalls {
            // Nobody rings: only cancellation ends this.
            _ = await Doorbell().wait(after: 0)
            try Task.checkCancellation()
        }
    }

    func operational(_ query: BriefingQuery, reader: Reader) async throws -> OperationalPicture {
        try await pass(query)
        let notice = state.withLock { $0.notice }
        return OperationalPicture(
            partnership: "Marlowick",
            query: query,
            asOf: MemoryBriefings.asOf,
            view: reader.view,
            places: [MemoryBriefings.summary(reader)],
            matching: 1,
            countsByBand: [(.red, .exact(1))],
            reportsByKind: [(.licensing, .exact(9))],
            unlocated: .exact(0),
            openReviews: 1,
            template: ("safeguarding", 1, "Marlowick template"),
            notice: notice,
            marking: "OFFICIAL-SENSITIVE",
            handlingConditions: false,
            auditHead: "12:ab",
            signLabels: [:],
            categoryLabels: [:]
        )
    }

    func hotspots(
        _ query: BriefingQuery,
        after: String?,
        reader: Reader
    ) async throws -> (places: [PlaceSummary], next: String?) {
        try await pass(query)
        return ([MemoryBriefings.summary(reader)], after == nil ? "mark-1" : nil)
    }

    func place(_ id: LocationID, reader: Reader) async throws -> PlaceSummary? {
        try await pass()
        return id == MemoryBriefings.place ? MemoryBriefings.summary(reader) : nil
    }

    func readiness() async throws -> Readiness {
        try await pass()
        return state.withLock { $0.readiness }
    }

    func explain(_ location: LocationID, at: Moment?, reader: Reader) async throws -> ExplainedPlace? {
        try await pass()
        guard location == MemoryBriefings.place else { return nil }
        return ExplainedPlace(
            place: MemoryBriefings.summary(reader),
            assessment: MemoryBriefings.assessment,
            asOf: at ?? MemoryBriefings.asOf
        )
    }

    /// In the open view the name is withheld, but handed over all the same: nobody may show it.
    static func summary(_ reader: Reader) -> PlaceSummary {
        PlaceSummary(
            id: place,
            category: .careSettingVicinity,
            name: withheldName,
            isNameWithheld: reader.view == .open,
            areas: ["E05-1"],
            longitude: -0.4,
            latitude: 51.88,
            isCoarse: true,
            band: .red,
            machineBand: .red,
            judgedBand: nil,
            bandBefore: .amber,
            trend: .rising,
            confidence: .high,
            likelihood: 4,
            severity: 5,
            inherent: 20,
            residual: 20,
            points: Points(units: 123_400_000_000),
            marks: [],
            signs: ["room-paid-cash"],
            hasRestrictedItems: false,
            reports: .exact(9),
            reportsByKind: [(.licensing, .exact(9))],
            reviewDue: nil,
            isReviewOverdue: false,
            openAlerts: [],
            assessedAt: asOf,
            contactCoordinator: false
        )
    }

    static let assessment = Assessment(
        at: asOf,
        points: Points(units: 123_400_000_000),
        likelihood: 4,
        severity: 5,
        inherent: 20,
        controlCredit: 0,
        residualLikelihood: 4,
        residual: 20,
        band: .red,
        trend: .rising,
        confidence: .high,
        marks: [],
        events: 3,
        inWindow: 4,
        lifted: 0,
        signs: ["room-paid-cash"],
        reportsByKind: [.licensing: 9],
        reports: 9,
        agencies: 1,
        hasSeverityFour: true,
        nextChange: nil,
        explanation: Explanation(events: [], notCounted: [], caps: ["single-source-cap"], controls: [])
    )
}

/// What stewards recorded.
final class MemoryStewards: StewardActions {
    private struct State {
        var actions: [String] = []
        var refusal: StewardRefusal?
    }

    private let state = Mutex(State())

    var actions: [String] { state.withLock { $0.actions } }
    func refuse(_ refusal: StewardRefusal?) { state.withLock { $0.refusal = refusal } }

    private func act(_ text: String, _ steward: Steward) throws {
        try state.withLock { state in
            if let refusal = state.refusal { throw refusal }
            state.actions.append(text + " by " + steward.actor)
        }
    }

    func control(
        _ code: String,
        at location: LocationID,
        state: ControlState,
        moment: Moment?,
        note: String?,
        by: Steward
    ) async throws { try act("control \(code) \(state.rawValue) \(note ?? "-")", by) }

    func inspect(_ location: LocationID, clearedSign: String, moment: Moment?, by: Steward) async throws {
        try act("inspect \(clearedSign) \(moment?.rfc3339 ?? "now")", by)
    }

    func review(
        _ location: LocationID,
        outcome: String,
        closes: Bool,
        displaced: Displacement?,
        asOf read: Moment?,
        by: Steward
    ) async throws {
        try act("review \(closes) \(displaced?.rawValue ?? "-")" + (read.map { " as of \($0.rfc3339)" } ?? ""), by)
    }

    func judge(_ location: LocationID, band: Band, reason: String, until: Moment, by: Steward) async throws {
        try act("judge \(band.rawValue) until \(until.rfc3339)", by)
    }

    func releaseLADO(_ location: LocationID, released: Bool, by: Steward) async throws {
        try act("lado \(released)", by)
    }
    func locate(_ report: ReportID, at location: LocationID, by: Steward) async throws { try act("locate", by) }
}

/// What was read by whom.
final class MemoryAudit: ReadAudit {
    private struct State {
        var entries: [String] = []
        var failure: StoreFailure?
    }

    private let state = Mutex(State())

    var entries: [String] { state.withLock { $0.entries } }
    func fail(with failure: StoreFailure?) { state.withLock { $0.failure = failure } }

    func recordRead(actor: String, action: String, detail: String) async throws {
        try state.withLock { state in
            if let failure = state.failure { throw failure }
            state.entries.append("\(actor) \(action) \(detail)")
        }
    }
}

/// Tokens kept in memory: `NAME.secret-of-NAME`.
final class MemoryCredentials: CredentialStore {
    private struct State {
        var principals: [String: Principal] = [:]
        var checks = 0
        var refusals: [String] = []
        var failure: StoreFailure?
    }

    private let state = Mutex(State())

    var checks: Int { state.withLock { $0.checks } }
    var refusals: [String] { state.withLock { $0.refusals } }
    func fail(with failure: StoreFailure?) { state.withLock { $0.failure = failure } }
    func add(_ principal: Principal) { state.withLock { $0.principals[principal.tokenID] = principal } }
    func revoke(_ id: String) { state.withLock { $0.principals[id] = nil } }

    func authenticate(tokenID: String, secret: String) async throws -> Principal? {
        try state.withLock { state in
            state.checks += 1
            if let failure = state.failure { throw failure }
            guard secret == "secret-of-" + tokenID else { return nil }
            return state.principals[tokenID]
        }
    }

    /// HTTP knows no certificates of people.
    func authenticate(fingerprint: [UInt8]) async throws -> Principal? { nil }

    func ended(_ principals: [Principal]) async throws -> [Principal] {
        state.withLock { state in principals.filter { state.principals[$0.tokenID] == nil } }
    }

    func recordRefusal(tokenID: String, address: String) async throws {
        state.withLock { $0.refusals.append(tokenID + "@" + address) }
    }
}
