import Postgres
import Safeguarding

/// An alert as its row holds it.
struct StoredAlert: Sendable {
    var id: AlertID
    var view: View
    var cause: AlertCause
    var subject: DueSubject
    var isOpen: Bool
    var openedAt: Moment
    var standing: AlertStanding
    /// The last event, with the alert's urgency.
    var last: LoggedEvent
    var areas: [String]
    var isEverywhere: Bool
    var tags: [String]
    var position: Position?

    /// From the columns of ``AlertDeskStatements``.
    init(_ row: Row) throws {
        id = try row.id(0)
        view = try row.name(1)
        cause = try row.name(2)
        switch (try row.optionalUUID(3), try row.optionalUUID(4), try row.optionalInt64(5)) {
        case (let location?, nil, nil): subject = .location(LocationID(UniqueID(location)))
        case (nil, let report?, nil): subject = .unlocated(ReportID(UniqueID(report)))
        case (nil, nil, let run?): subject = .importRun(run)
        default: throw StoreError(.internal, "reading an alert")
        }
        isOpen = try row.bool(6)
        openedAt = try row.moment(7)
        standing = AlertStanding(urgency: try row.name(12), care: try PlaceAssembly.care(row, from: 19))
        last = LoggedEvent(
            seq: try row.int64(8),
            alert: id,
            rev: Int(try row.int32(9)),
            type: try row.name(11),
            urgency: standing.urgency,
            at: try row.moment(10),
            body: try row.text(18)
        )
        areas = try row.texts(13)
        isEverywhere = try row.bool(14)
        tags = try row.texts(15)
        if let longitude = try row.optionalDouble(16), let latitude = try row.optionalDouble(17) {
            position = Position(longitude: longitude, latitude: latitude)
        }
    }

    /// Its next revision, which tells what was done with it: everything else stays as it was.
    ///
    /// - Parameter care: Who sees to it from now on; nil where the alert ends.
    func entry(_ act: AlertActKind, care: AlertCare?) -> LedgerEntry {
        let location: LocationID? = if case .location(let id) = subject { id } else { nil }
        return LedgerEntry(
            alert: id,
            subject: subject,
            cause: cause,
            rev: last.rev + 1,
            openedAt: openedAt,
            closes: care == nil,
            type: act.eventType,
            urgency: standing.urgency,
            standing: standing.urgency,
            areas: areas,
            isEverywhere: isEverywhere,
            tags: tags.filter { !FeedTags.isKind($0) } + [FeedTags.kind(act.eventType)],
            location: location,
            position: position,
            body: (care ?? .none).written(into: act.body(after: last.body)),
            care: care ?? .none
        )
    }
}
