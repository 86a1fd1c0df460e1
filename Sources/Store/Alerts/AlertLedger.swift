import Safeguarding

/// One event to be numbered, with the state its alert is in after it.
struct LedgerEntry: Sendable, Hashable {
    var alert: AlertID
    var subject: DueSubject
    var cause: AlertCause
    var rev: Int
    var openedAt: Moment
    /// The alert ends with this event.
    var closes: Bool
    var type: EventType
    /// Of the event.
    var urgency: Urgency
    /// Of the alert: while it is open it is as urgent as the most urgent of its revisions, so that nobody's list loses an
    /// unanswered `immediate` to a lesser report after it.
    var standing: Urgency
    var areas: [String]
    var isEverywhere: Bool
    var tags: [String]
    var location: LocationID?
    var position: Position?
    var body: String
    /// Who sees to the alert after it.
    var care: AlertCare
}

/// Turns the publications of a transaction into revisions of alerts: pure, one ledger per view.
///
/// At most one alert of a cause is open on a subject: an event of that cause is the next revision of it. Where none is
/// open one is opened; an easing or a closing that finds none open is an alert born closed (feed-protocol.md "Alerts and
/// their events"). A summary continues nothing: each of its events is an alert of its own.
struct AlertLedger {
    private struct Key: Hashable {
        var subject: DueSubject
        var cause: AlertCause
    }

    private(set) var entries: [LedgerEntry] = []
    private var open: [Key: OpenAlert] = [:]
    private let now: Moment

    init(now: Moment) {
        self.now = now
    }

    /// Enters the events of a subject, in their order.
    ///
    /// - Parameters:
    ///   - alerts: What is open on the subject in this view.
    ///   - ids: Where the ids of new alerts come from.
    mutating func enter(
        _ events: [PublishedEvent],
        on subject: DueSubject,
        open alerts: [OpenAlert],
        facts: EventFacts,
        ids: inout TimeOrderedIDs
    ) {
        for alert in alerts { open[Key(subject: subject, cause: alert.cause)] = alert }
        for event in events {
            let publication = event.publication
            let key = Key(subject: subject, cause: publication.cause)
            let known = open[key]
            let closes = ends(publication, on: subject, known: known != nil)
            let alert = OpenAlert(
                id: known?.id ?? AlertID(ids.next()),
                cause: publication.cause,
                rev: (known?.rev ?? 0) + 1,
                urgency: closes ? publication.urgency : publication.standing(continuing: known?.urgency),
                openedAt: known?.openedAt ?? now,
                care: closes ? .none : event.care ?? known?.care ?? .none
            )
            open[key] = closes ? nil : alert
            entries.append(
                LedgerEntry(
                    alert: alert.id,
                    subject: subject,
                    cause: publication.cause,
                    rev: alert.rev,
                    openedAt: alert.openedAt,
                    closes: closes,
                    type: publication.type,
                    urgency: publication.urgency,
                    standing: alert.urgency,
                    areas: event.areas,
                    isEverywhere: facts.isEverywhere(areas: event.areas),
                    tags: facts.tags(of: publication, areas: event.areas),
                    location: facts.location,
                    position: facts.position,
                    body: event.body,
                    care: alert.care
                )
            )
        }
    }

    private func ends(_ publication: Publication, on subject: DueSubject, known: Bool) -> Bool {
        if case .importRun = subject { return true }
        return publication.ends(continuing: known)
    }
}
