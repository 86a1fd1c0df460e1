/// What was last published of a location in one view, and the decision's own memory (design.md "Published").
package struct PublishedState: Sendable, Hashable {
    /// The effective band last published; nil where nothing was.
    package var band: Band?
    /// A scored item of severity 4 or more was in the window.
    package var hasSeverityFour: Bool
    /// When the last alert or baseline was published.
    package var at: Moment?
    /// Since when the computed band has been below the published one.
    package var downSince: Moment?
    /// When the next review falls due; nil where none is.
    package var reviewDue: Moment?
    /// The due moment for which the overdue alert has gone out, so that it goes out once.
    package var overdueAnnounced: Moment?
    /// When the latest review that settled anything was recorded: it has been answered and counts for `reviewDue`.
    package var answeredReview: Moment?
    /// The band that the latest event showed; differs from `band` after a baseline, which tells nobody.
    package var announced: Band?
    /// A fall is held since this `received`: new items had joined events (`events-joined`) and no review has seen them yet.
    package var heldSince: Moment?
    /// The latest event about the risk that went out, an easing aside: what follows closely is a burst.
    package var told: Told?

    package init(
        band: Band? = nil,
        hasSeverityFour: Bool = false,
        at: Moment? = nil,
        downSince: Moment? = nil,
        reviewDue: Moment? = nil,
        overdueAnnounced: Moment? = nil,
        answeredReview: Moment? = nil,
        announced: Band? = nil,
        heldSince: Moment? = nil,
        told: Told? = nil
    ) {
        self.band = band
        self.hasSeverityFour = hasSeverityFour
        self.at = at
        self.downSince = downSince
        self.reviewDue = reviewDue
        self.overdueAnnounced = overdueAnnounced
        self.answeredReview = answeredReview
        self.announced = announced
        self.heldSince = heldSince
        self.told = told
    }

    package static let never = PublishedState()

    /// When an event went out, and how urgent it was.
    package struct Told: Sendable, Hashable {
        package var at: Moment
        package var urgency: Urgency

        package init(at: Moment, urgency: Urgency) {
            self.at = at
            self.urgency = urgency
        }
    }
}

/// One event to publish about a location.
package struct Publication: Sendable, Hashable {
    package var type: EventType
    package var cause: AlertCause
    package var urgency: Urgency
    /// The rules that hold, first the one that gave the type.
    package var why: [AlertReason]
    package var ask: AlertAsk
    package var bandFrom: Band?
    package var bandTo: Band?
    /// The alert ends with this event.
    package var closes: Bool

    package init(
        type: EventType,
        cause: AlertCause,
        urgency: Urgency,
        why: [AlertReason],
        ask: AlertAsk,
        bandFrom: Band?,
        bandTo: Band?,
        closes: Bool = false
    ) {
        self.type = type
        self.cause = cause
        self.urgency = urgency
        self.why = why
        self.ask = ask
        self.bandFrom = bandFrom
        self.bandTo = bandTo
        self.closes = closes
    }

    /// Whether the alert is over with this event.
    ///
    /// - Parameter continues: It is a revision of an open alert: an easing that finds none open is one born closed.
    package func ends(continuing continues: Bool) -> Bool {
        closes || type == .closed || (type == .easing && !continues)
    }

    /// How urgent the alert is after this event, unless it ends: as urgent as the most urgent of its revisions.
    package func standing(continuing known: Urgency?) -> Urgency { max(urgency, known ?? .low) }
}

/// What `decide` concludes for one location in one view.
package struct Decision: Sendable, Hashable {
    /// In the order they are to be numbered.
    package var publications: [Publication]
    /// The state to store; equal to the one before where nothing changed.
    package var published: PublishedState
    /// The item versions that are held back after it, to be told together: among the new ones and those that were.
    package var held: Set<Int64>
    /// When the decision wants to be asked again although nothing was reported (easing, review due, reports held back).
    package var wakeAt: Moment?

    package init(
        publications: [Publication],
        published: PublishedState,
        held: Set<Int64> = [],
        wakeAt: Moment?
    ) {
        self.publications = publications
        self.published = published
        self.held = held
        self.wakeAt = wakeAt
    }
}
