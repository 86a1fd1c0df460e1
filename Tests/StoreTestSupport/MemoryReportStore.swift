package import Safeguarding
import Synchronization

/// Reports kept in memory under the store's contract, for tests of what stands on it.
///
/// Held to the same conformance suite as `ReportRepository`. It knows the rules of idempotency, time, location and
/// correction; row-level security, due rows and audit belong to the database and are tested there.
package final class MemoryReportStore: ReportStore {
    fileprivate struct Place {
        var id: LocationID
        var category: LocationCategory
        var register: String?
        var uprn: String?
        var name: String?
        var postcode: String?
        var point: (longitude: Double, latitude: Double)?
        var isOpen: Bool
    }

    fileprivate struct Form {
        var version: Int
        var report: ValidatedReport?
        var recorded: Moment
    }

    fileprivate struct Stored {
        var receipt: String
        var agency: String
        var forms: [Form]
        var location: LocationID?
        var isWithdrawn = false

        var latest: ValidatedReport? { forms.last { $0.report != nil }?.report }
        var hashes: [[UInt8]] { forms.compactMap { $0.report?.contentHash } }
        var revision: Int { forms.compactMap { $0.report?.revision }.max() ?? 0 }
    }

    fileprivate struct State {
        var agencies: Set<String> = []
        var places: [Place] = []
        var stored: [ReportID: Stored] = [:]
        var ids: [[String]: ReportID] = [:]
        var next: UInt64 = 1
        var now: Moment
    }

    fileprivate let state: Mutex<State>

    package init(now: Moment) {
        state = Mutex(State(now: now))
    }

    /// The clock of the store.
    package func setNow(_ now: Moment) { state.withLock { $0.now = now } }

    package func addAgency(_ code: String) { _ = state.withLock { $0.agencies.insert(code) } }

    /// Adds a place as a register gives it.
    package func addPlace(_ place: RegisteredLocation) -> LocationID {
        state.withLock { state in
            let id = LocationID(state.makeID())
            state.places.append(
                Place(
                    id: id,
                    category: place.category,
                    register: place.register,
                    uprn: place.uprn,
                    name: place.name.lowercased(),
                    postcode: place.postcode,
                    isOpen: false
                )
            )
            return id
        }
    }

    package func commit(
        _ reports: [ValidatedReport],
        prompts: @Sendable (ValidatedReport, ResolvedLocation?) -> [PromptText]
    ) async throws -> [CommitOutcome] {
        state.withLock { state in reports.map { state.commit($0, prompts) } }
    }

    package func currentForm(of report: ReportID, agency: String) async throws -> ReportForm? {
        state.withLock { state in
            guard let stored = state.stored[report], stored.agency == agency, let form = stored.latest else {
                return nil
            }
            return ReportForm(
                version: stored.forms.count,
                canonical: form.canonical,
                narrative: stored.forms.last { $0.report != nil }?.report?.narrative,
                originator: form.originator,
                originatorScheme: form.originatorScheme,
                isWithdrawn: stored.isWithdrawn
            )
        }
    }

    package func correct(
        _ report: ReportID,
        basedOn version: Int,
        with form: ValidatedReport
    ) async throws -> CorrectionOutcome {
        state.withLock { state in
            guard let stored = state.stored[report], stored.agency == form.agency else {
                return .refuse(.unknownReport)
            }
            if stored.isWithdrawn { return .refuse(.alreadyWithdrawn) }
            if stored.forms.count != version { return .refuse(.revisionNotHigher) }
            return state.append(form, to: report)
        }
    }

    package func withdraw(
        _ report: ReportID,
        agency: String,
        actor: String,
        reason: String
    ) async throws -> CorrectionOutcome {
        state.withLock { state in
            guard var stored = state.stored[report], stored.agency == agency else { return .refuse(.unknownReport) }
            if stored.isWithdrawn { return .refuse(.alreadyWithdrawn) }
            let form = Form(version: stored.forms.count + 1, report: nil, recorded: state.now)
            stored.forms.append(form)
            stored.isWithdrawn = true
            state.stored[report] = stored
            return .stored(version: form.version, recorded: form.recorded)
        }
    }

    package func status(of report: ReportID, agency: String) async throws -> ReportStatus? {
        state.withLock { state in
            guard let stored = state.stored[report], stored.agency == agency else { return nil }
            let corrections = stored.forms.dropFirst().filter { $0.report != nil }
            let state: ReportStatus.State =
                if stored.isWithdrawn { .withdrawn } else if !corrections.isEmpty {
                    .corrected
                } else if stored.location
                    != nil
                { .located } else { .unlocated }
            return ReportStatus(
                receipt: stored.receipt,
                state: state,
                outcome: nil,
                corrections: corrections.map { ($0.version, $0.recorded) }
            )
        }
    }
}

extension MemoryReportStore.State {
    fileprivate mutating func makeID() -> UniqueID {
        next += 1
        return UniqueID(high: 0x0190_0000_0000_7000, low: next)
    }

    fileprivate mutating func commit(
        _ report: ValidatedReport,
        _ prompts: (ValidatedReport, ResolvedLocation?) -> [PromptText]
    ) -> CommitOutcome {
        let key = [report.agency, report.reference]
        if let id = ids[key], let old = stored[id] {
            let isHigher = report.revision.map { $0 > old.revision } ?? false
            if old.hashes.contains(report.contentHash), !isHigher || old.hashes.last == report.contentHash {
                return .same(receipt: old.receipt)
            }
            guard let revision = report.revision else { return .refuse(.referenceReused) }
            guard revision > old.revision else { return .refuse(.revisionNotHigher) }
            if case .refused(let faults) = append(report, to: id) { return .refused(faults) }
            return .corrected(receipt: old.receipt)
        }
        if let reason = clockRefusal(report) { return .refuse(reason) }
        guard agencies.contains(report.agency) else { return .refuse(.forbidden) }
        let id = ReportID(makeID())
        let location = resolve(report.location, isOpen: report.compartment.isOpen)
        let receipt = Receipt(
            report: id,
            reference: report.reference,
            received: now,
            location: location,
            prompts: prompts(report, location)
        ).json.text
        ids[key] = id
        stored[id] = MemoryReportStore.Stored(
            receipt: receipt,
            agency: report.agency,
            forms: [MemoryReportStore.Form(version: 1, report: report, recorded: now)],
            location: location?.id
        )
        return .created(receipt: receipt)
    }

    fileprivate mutating func append(_ form: ValidatedReport, to id: ReportID) -> CorrectionOutcome {
        guard var old = stored[id] else { return .refuse(.unknownReport) }
        if old.isWithdrawn { return .refuse(.alreadyWithdrawn) }
        if let reason = clockRefusal(form) { return .refuse(reason) }
        if old.latest?.location != form.location {
            old.location = resolve(form.location, isOpen: form.compartment.isOpen)?.id
        }
        let version = old.forms.count + 1
        old.forms.append(MemoryReportStore.Form(version: version, report: form, recorded: now))
        stored[id] = old
        return .stored(version: version, recorded: now)
    }

    private func clockRefusal(_ report: ValidatedReport) -> RefusalReason? {
        if report.observedFrom > now + 300 { return .observedInFuture }
        return report.observedFrom < Moment(seconds: 631_152_000) ? .observedTooOld : nil
    }

    private mutating func resolve(_ reference: LocationReference, isOpen: Bool) -> ResolvedLocation? {
        switch reference.form {
        case .none, .vehicle, .grid: return nil
        case .id(let id): return only(.id) { $0.id == id }
        case .register(let register): return only(.register) { $0.register == register }
        case .uprn(let uprn): return only(.uprn) { $0.uprn == uprn }
        case .namedPostcode(let name, let postcode):
            return only(.namedPostcode) { $0.name == name.lowercased() && $0.postcode == postcode }
        case .point(let longitude, let latitude):
            return point(Double(longitude) / 1e7, Double(latitude) / 1e7, reference, isOpen: isOpen)
        }
    }

    private func only(
        _ manner: ResolvedLocation.Manner,
        _ matches: (MemoryReportStore.Place) -> Bool
    ) -> ResolvedLocation? {
        let found = places.filter(matches)
        guard found.count == 1 else { return nil }
        return ResolvedLocation(id: found[0].id, category: found[0].category, manner: manner)
    }

    private mutating func point(
        _ longitude: Double,
        _ latitude: Double,
        _ reference: LocationReference,
        isOpen: Bool
    ) -> ResolvedLocation {
        let category = reference.category ?? .area
        let radius = Double(max(25, reference.accuracyMetres ?? 0))
        let near = places.indices.compactMap { index -> (index: Int, metres: Double)? in
            let place = places[index]
            guard let point = place.point, place.category == category,
                reference.name == nil || reference.name?.lowercased() == place.name
            else { return nil }
            // Flat enough over the distances that matter: metres in a degree at 51.88 north (WGS84).
            let east = (point.longitude - longitude) * 68_860
            let north = (point.latitude - latitude) * 111_255
            let metres = (east * east + north * north).squareRoot()
            return metres <= radius ? (index, metres) : nil
        }
        if let nearest = near.min(by: { $0.metres < $1.metres }) {
            let wasOpen = places[nearest.index].isOpen
            places[nearest.index].isOpen = wasOpen || isOpen
            let manner: ResolvedLocation.Manner = wasOpen ? .point : .newPoint
            return ResolvedLocation(id: places[nearest.index].id, category: category, manner: manner)
        }
        let id = LocationID(makeID())
        places.append(
            MemoryReportStore.Place(
                id: id,
                category: category,
                name: reference.name?.lowercased(),
                point: (longitude, latitude),
                isOpen: isOpen
            )
        )
        return ResolvedLocation(id: id, category: category, manner: .newPoint)
    }
}

extension CommitOutcome {
    fileprivate static func refuse(_ reason: RefusalReason) -> CommitOutcome {
        .refused([Fault(field: "", reason: reason, message: "is refused")])
    }
}

extension CorrectionOutcome {
    fileprivate static func refuse(_ reason: RefusalReason) -> CorrectionOutcome {
        .refused([Fault(field: "", reason: reason, message: "is refused")])
    }
}
