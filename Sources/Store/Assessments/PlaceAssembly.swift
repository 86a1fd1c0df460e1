import Postgres
import Safeguarding

/// Puts the results of `PlaceStatements` together, place by place.
struct PlaceAssembly {
    private struct ItemRow {
        var item: RecordedItem
        var isEnded: Bool
        var endConsidered: [View: Bool]

        /// A beginning or an end that no decision of a view it counts in has considered.
        var isNews: Bool {
            View.allCases.contains { view in
                item.belongs(to: view) && (isEnded ? endConsidered[view] == false : item.isNew(in: view))
            }
        }
    }

    private let placeRows: Rows
    private var items: [LocationID: [ItemRow]] = [:]
    private var controls: [LocationID: [Control]] = [:]
    private var reviews: [LocationID: [Review]] = [:]
    private var inspections: [LocationID: [Inspection]] = [:]
    private var judgements: [LocationID: [Judgement]] = [:]
    private var published: [LocationID: [View: PublishedState]] = [:]
    private var lastBands: [LocationID: [View: Band]] = [:]
    private var lastTemplates: [LocationID: [View: ViewState.AssessedUnder]] = [:]
    private var states: [LocationID: [View: StateRow]] = [:]
    private var alerts: [LocationID: [View: [OpenAlert]]] = [:]

    /// - Parameter results: places, items, controls, reviews, inspections, judgements, states, open alerts.
    init(_ results: [Rows]) throws {
        guard results.count == 8 else { throw StoreError(.internal, "reading evidence") }
        placeRows = results[0]
        for row in results[1] { items[try row.id(0), default: []].append(try Self.item(row)) }
        for row in results[2] { controls[try row.id(0), default: []].append(try Self.control(row)) }
        for row in results[3] {
            reviews[try row.id(0), default: []].append(
                Review(
                    at: try row.moment(1),
                    recorded: try row.moment(2),
                    closes: try row.bool(3),
                    view: try row.name(4)
                )
            )
        }
        for row in results[4] {
            inspections[try row.id(0), default: []].append(
                Inspection(sign: try row.text(1), at: try row.moment(2), recorded: try row.moment(3))
            )
        }
        for row in results[5] { judgements[try row.id(0), default: []].append(try Self.judgement(row)) }
        for row in results[6] { try add(state: row) }
        for row in results[7] {
            let view: View = try row.name(1)
            alerts[try row.id(0), default: [:]][view, default: []].append(try Self.caredAlert(row, from: 2))
        }
    }

    func places(now: Moment, purposes: [DueSubject: DuePurpose]) throws -> [StoredPlace] {
        try placeRows.map { row in try place(row, now: now, purposes: purposes) }
    }

    private func place(_ row: Row, now: Moment, purposes: [DueSubject: DuePurpose]) throws -> StoredPlace {
        let id: LocationID = try row.id(0)
        let all = items[id] ?? []
        // What the clock has not reached is not evidence yet; its due row is put again (design.md rule 8). What was considered
        // stays: only a clock that was set back has not reached it.
        let reached = all.filter { $0.item.received <= now || (!$0.isEnded && !$0.isNews) }
        let ended = reached.filter(\.isEnded)
        let purpose = purposes[.location(id)] ?? .live
        let news = reached.filter(\.isNews)
        var work = LocationWork(
            id: id,
            category: try row.name(1),
            areas: try row.texts(2),
            openName: try row.optionalText(3),
            fullName: try row.optionalText(4),
            isVisibleInOpen: try row.bool(5),
            items: reached.filter { !$0.isEnded }.map(\.item),
            withdrawnNew: [.open: Self.hasNewEnd(ended, in: .open), .full: Self.hasNewEnd(ended, in: .full)],
            controls: controls[id] ?? [],
            reviews: reviews[id] ?? [],
            inspections: inspections[id] ?? [],
            judgements: judgements[id] ?? [],
            open: state(of: id, in: .open),
            full: state(of: id, in: .full),
            // A live report that came in after the rows were taken is read all the same, and is no background.
            isBackground: purpose != .live && news.allSatisfy(\.item.isBackFile),
            isLADOReleased: try row.bool(10)
        )
        work.endsRun = purpose == .endOfRun && news.isEmpty
        let isEndDeferred = purpose == .endOfRun && !news.isEmpty
        let notYetReceived = all.lazy.filter { $0.item.received > now }.map(\.item.received).min()
        return StoredPlace(
            work: work,
            exact: try Self.position(row, 6),
            cell: try Self.position(row, 8),
            rows: states[id] ?? [:],
            endedVersions: ended.map(\.item.version),
            again: isEndDeferred ? now : notYetReceived
        )
    }

    private func state(of id: LocationID, in view: View) -> ViewState {
        ViewState(
            published: published[id]?[view] ?? .never,
            openAlerts: alerts[id]?[view] ?? [],
            lastBand: lastBands[id]?[view],
            lastTemplate: lastTemplates[id]?[view]
        )
    }

    /// A version that a decision has counted is no longer in force, and none has taken notice.
    private static func hasNewEnd(_ ended: [ItemRow], in view: View) -> Bool {
        ended.contains { row in
            row.item.belongs(to: view) && !row.item.isNew(in: view) && row.endConsidered[view] == false
        }
    }
}

extension PlaceAssembly {
    private static func item(_ row: Row) throws -> ItemRow {
        ItemRow(
            item: RecordedItem(
                version: try row.int64(1),
                report: try row.id(2),
                sign: try row.text(3),
                grade: try row.grade(source: 4, information: 5),
                attribution: try row.name(6),
                observed: try row.moment(7),
                received: try row.moment(8),
                agency: try row.text(9),
                agencyKind: try row.name(10),
                originator: try row.optionalOriginator(11),
                originatorUnconfirmed: try row.bool(12),
                selfReport: try row.bool(13),
                happeningNow: try row.bool(14),
                compartment: try row.name(15),
                handling: try row.name(22),
                isBackFile: try row.bool(16),
                consideredOpen: try row.bool(17),
                consideredFull: try row.bool(18),
                heldOpen: try row.bool(23),
                heldFull: try row.bool(24)
            ),
            isEnded: try row.bool(19),
            endConsidered: [.open: try row.bool(20), .full: try row.bool(21)]
        )
    }

    private static func control(_ row: Row) throws -> Control {
        let state: ControlState = try row.name(2)
        let at = try row.moment(3)
        return Control(
            code: try row.text(1),
            state: state,
            verified: state == .verified ? at : nil,
            at: at,
            recorded: try row.moment(4)
        )
    }

    private static func judgement(_ row: Row) throws -> Judgement {
        Judgement(
            band: try row.name(1),
            at: try row.moment(2),
            recorded: try row.moment(3),
            until: try row.moment(4),
            view: try row.name(5)
        )
    }

    /// An open alert with who sees to it, from `id, cause, rev, urgency, opened_at, claimed_by, claim_until, escalates,
    /// escalation`.
    static func caredAlert(_ row: Row, from column: Int) throws -> OpenAlert {
        var alert = try alert(row, from: column)
        alert.care = try AlertCare(row, from: column + 5)
        return alert
    }

    /// An open alert from `id, cause, rev, urgency, opened_at`.
    static func alert(_ row: Row, from column: Int) throws -> OpenAlert {
        OpenAlert(
            id: try row.id(column),
            cause: try row.name(column + 1),
            rev: Int(try row.int32(column + 2)),
            urgency: try row.name(column + 3),
            openedAt: try row.moment(column + 4)
        )
    }

    private mutating func add(state row: Row) throws {
        let id: LocationID = try row.id(0)
        let view: View = try row.name(1)
        published[id, default: [:]][view] = PublishedState(
            band: try row.optionalName(2),
            hasSeverityFour: try row.bool(3),
            at: try row.optionalMoment(4),
            downSince: try row.optionalMoment(5),
            reviewDue: try row.optionalMoment(6),
            overdueAnnounced: try row.optionalMoment(7),
            answeredReview: try row.optionalMoment(8),
            announced: try row.optionalName(9),
            heldSince: try row.optionalMoment(10),
            told: try told(row, from: 11)
        )
        let band: Band? = try row.optionalName(13)
        lastBands[id, default: [:]][view] = band
        if let template = try row.optionalText(17) {
            lastTemplates[id, default: [:]][view] = .init(id: template, version: Int(try row.int32(18)))
        }
        states[id, default: [:]][view] = StateRow(
            hasAssessment: band != nil,
            outputs: try row.optionalBytes(14),
            difference: ViewDifference(bandsDiffer: try row.bool(15), onlyByLADO: try row.bool(16))
        )
    }

    private func told(_ row: Row, from column: Int) throws -> PublishedState.Told? {
        guard let at = try row.optionalMoment(column), let urgency: Urgency = try row.optionalName(column + 1) else {
            return nil
        }
        return PublishedState.Told(at: at, urgency: urgency)
    }

    private static func position(_ row: Row, _ column: Int) throws -> Position? {
        guard let longitude = try row.optionalDouble(column), let latitude = try row.optionalDouble(column + 1)
        else { return nil }
        return Position(longitude: longitude, latitude: latitude)
    }
}
