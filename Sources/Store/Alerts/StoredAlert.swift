import Postgres
import Safeguarding

/// An alert as its row holds it.
struct StoredAlert: Sendable {
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
    /// Under which a report was known before it had this place.
    var earlier: AlertID?

    /// From the columns of ``AlertDeskStatements``.
    init(_ row: Row) throws {
        last = try LoggedEvent(row, from: 0)
        standing = AlertStanding(urgency: last.urgency, care: try AlertCare(row, from: 7))
        view = try row.name(11)
        cause = try row.name(12)
        switch (try row.optionalUUID(13), try row.optionalUUID(14), try row.optionalInt64(15)) {
        case (let location?, nil, nil): subject = .location(LocationID(UniqueID(location)))
        case (nil, let report?, nil): subject = .unlocated(ReportID(UniqueID(report)))
        case (nil, nil, let run?): subject = .importRun(run)
        default: throw StoreError(.internal, "reading an alert")
        }
        isOpen = try row.bool(16)
        openedAt = try row.moment(17)
        areas = try row.texts(18)
        isEverywhere = try row.bool(19)
        tags = try row.texts(20)
        earlier = try row.optionalUUID(23).map { AlertID(UniqueID($0)) }
        if let longitude = try row.optionalDouble(21), let latitude = try row.optionalDouble(22) {
            position = Position(longitude: longitude, latitude: latitude)
        }
    }

    /// Its next revision, which tells what was done with it: everything else stays as it was.
    ///
    /// - Parameter care: Who sees to it from now on; nil where the alert ends.
    func entry(_ act: AlertActKind, care: AlertCare?) -> LedgerEntry {
        let location: LocationID? = if case .location(let id) = subject { id } else { nil }
        return LedgerEntry(
            alert: last.alert,
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

extension AlertCare {
    /// From `claimed_by, claim_until, escalates, escalation`.
    init(_ row: Row, from column: Int) throws {
        self.init(escalates: try row.optionalMoment(column + 2), level: Int(try row.int16(column + 3)))
        if let by = try row.optionalText(column), let until = try row.optionalMoment(column + 1) {
            claim = AlertClaim(by: by, until: until)
        }
    }
}
