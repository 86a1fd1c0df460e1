/// What is due: a place to score, an unlocated report to settle, or an import run to summarise.
package enum DueSubject: Sendable, Hashable {
    case location(LocationID)
    case unlocated(ReportID)
    case importRun(Int64)
}

/// The order of work on the due list (design.md "Due list").
package enum DuePriority: Int, Sendable, CaseIterable, Comparable {
    /// happeningNow, or severity 5 graded A-C: taken alone.
    case now = 0
    case live = 1
    case timer = 2
    /// Back-files and rescoring.
    case background = 3

    package static func < (a: DuePriority, b: DuePriority) -> Bool { a.rawValue < b.rawValue }
}

/// An alert that is open on a subject in a view.
package struct OpenAlert: Sendable, Hashable {
    package var id: AlertID
    package var cause: AlertCause
    package var rev: Int
    package var urgency: Urgency
    package var openedAt: Moment
    /// Of the full view; in the open one nobody claims.
    package var care: AlertCare

    package init(
        id: AlertID,
        cause: AlertCause,
        rev: Int,
        urgency: Urgency,
        openedAt: Moment,
        care: AlertCare = .none
    ) {
        self.care = care
        self.id = id
        self.cause = cause
        self.rev = rev
        self.urgency = urgency
        self.openedAt = openedAt
    }

    package var standing: AlertStanding { AlertStanding(urgency: urgency, care: care) }
}

/// What is stored of a subject in one view.
package struct ViewState: Sendable, Hashable {
    package var published: PublishedState
    package var openAlerts: [OpenAlert]
    /// The machine's band and points stored last, nil before the first assessment.
    package var lastBand: Band?
    /// The template of the last assessment; nil where there is none.
    package var lastTemplate: AssessedUnder?

    package init(
        published: PublishedState,
        openAlerts: [OpenAlert],
        lastBand: Band?,
        lastTemplate: AssessedUnder? = nil
    ) {
        self.published = published
        self.openAlerts = openAlerts
        self.lastBand = lastBand
        self.lastTemplate = lastTemplate
    }

    package struct AssessedUnder: Sendable, Hashable {
        package var id: String
        package var version: Int

        package init(id: String, version: Int) {
            self.id = id
            self.version = version
        }
    }

    /// Whether the view has ever been told anything that stands.
    package var isKnown: Bool { published.band != nil || lastBand != nil || !openAlerts.isEmpty }
}

/// A location with everything that its assessment reads, in both views.
package struct LocationWork: Sendable, Hashable {
    package var id: LocationID
    package var category: LocationCategory
    package var areas: [String]
    /// The name as the view may know it: open only from a register or an open-partner item.
    package var openName: String?
    package var fullName: String?
    /// Visible in the open view: from a register, or with an open-partner item.
    package var isVisibleInOpen: Bool
    package var items: [RecordedItem]
    /// Versions read that are no longer in force (withdrawn or corrected away) and not yet considered, by view.
    package var withdrawnNew: [View: Bool]
    package var controls: [Control]
    package var reviews: [Review]
    package var inspections: [Inspection]
    package var judgements: [Judgement]
    package var open: ViewState
    package var full: ViewState
    /// Every due row taken was put there by a back-file or a rescoring.
    package var isBackground: Bool
    /// The summary of a run was published: a place that it left red or unrated and that was not announced is `raised` now.
    package var endsRun: Bool = false
    /// The designated officer lets the open view say that restricted information exists (`lado release`).
    package var isLADOReleased: Bool

    package init(
        id: LocationID,
        category: LocationCategory,
        areas: [String],
        openName: String?,
        fullName: String?,
        isVisibleInOpen: Bool,
        items: [RecordedItem],
        withdrawnNew: [View: Bool],
        controls: [Control],
        reviews: [Review],
        inspections: [Inspection],
        judgements: [Judgement],
        open: ViewState,
        full: ViewState,
        isBackground: Bool,
        isLADOReleased: Bool = false
    ) {
        self.id = id
        self.category = category
        self.areas = areas
        self.openName = openName
        self.fullName = fullName
        self.isVisibleInOpen = isVisibleInOpen
        self.items = items
        self.withdrawnNew = withdrawnNew
        self.controls = controls
        self.reviews = reviews
        self.inspections = inspections
        self.judgements = judgements
        self.open = open
        self.full = full
        self.isBackground = isBackground
        self.isLADOReleased = isLADOReleased
    }

    package func state(_ view: View) -> ViewState { view == .open ? open : full }

    /// Whether something is to be decided of it in a view: in `open` where it is visible, or was.
    ///
    /// A place that the open view no longer knows has an end there too: its alert is closed and it leaves the lists.
    package func concerns(_ view: View) -> Bool { view == .full || isVisibleInOpen || open.isKnown }
}

/// A report that belongs to no place yet.
package struct UnlocatedWork: Sendable, Hashable {
    package var report: ReportID
    package var areas: [String]
    package var signs: [String]
    package var grade: Grade
    package var happeningNow: Bool
    package var isBackFile: Bool
    package var compartment: Compartment
    package var observed: Moment
    package var received: Moment
    /// Located or withdrawn since.
    package var isSettled: Bool
    /// Withdrawn by its reporter: the way in which it was settled.
    package var isWithdrawn: Bool = false
    /// The strictest of its items.
    package var handling = HandlingCode.permitted
    package var open: [OpenAlert]
    package var full: [OpenAlert]
    /// Those of the signs that the open view counts: a sign of the `lado` compartment in an open report is not among them.
    package var openSigns: [String]
    /// The latest alert about it that a coordinator ended, by view.
    package var resolved: [View: OpenAlert] = [:]

    package init(
        report: ReportID,
        areas: [String],
        signs: [String],
        grade: Grade,
        happeningNow: Bool,
        isBackFile: Bool,
        compartment: Compartment,
        observed: Moment,
        received: Moment,
        isSettled: Bool,
        open: [OpenAlert],
        full: [OpenAlert],
        openSigns: [String]? = nil
    ) {
        self.report = report
        self.areas = areas
        self.signs = signs
        self.grade = grade
        self.happeningNow = happeningNow
        self.isBackFile = isBackFile
        self.compartment = compartment
        self.observed = observed
        self.received = received
        self.isSettled = isSettled
        self.open = open
        self.full = full
        self.openSigns = openSigns ?? (compartment.isOpen ? signs : [])
    }

    /// Whether something is to be decided of it in a view: in `open` where the view counts a sign, or did and was alerted.
    package func concerns(_ view: View) -> Bool { view == .full || !openSigns.isEmpty || !open.isEmpty }
}

/// A finished import run, for its summary: one event an area.
package struct ImportRunWork: Sendable, Hashable {
    package var run: Int64
    /// Counts of the run's places by effective band, by area, in each view; an empty area code is "no area".
    package var bandsByArea: [View: [String: [Band: Int]]]
    /// Reports of the run that belong to no place yet, of all compartments.
    package var unlocated: Int
    /// Those of them that the open view counts.
    package var openUnlocated: Int = 0

    /// The reports without a place as the view counts them.
    package func unlocated(in view: View) -> Int { view == .open ? openUnlocated : unlocated }

    package init(run: Int64, bandsByArea: [View: [String: [Band: Int]]], unlocated: Int) {
        self.run = run
        self.bandsByArea = bandsByArea
        self.unlocated = unlocated
    }
}

/// One thing to decide.
package enum DueWork: Sendable, Hashable {
    case location(LocationWork)
    case unlocated(UnlocatedWork)
    case importRun(ImportRunWork)
}

/// An event ready for the log: the decision's publication with the body that goes on the line.
package struct PublishedEvent: Sendable, Hashable {
    package var publication: Publication
    /// One JSON object, one line.
    package var body: String
    /// The areas whose subscribers it concerns; empty = every area filter lets it pass.
    package var areas: [String]
    /// Who sees to the alert after it; nil leaves that as it is.
    package var care: AlertCare?

    package init(publication: Publication, body: String, areas: [String], care: AlertCare? = nil) {
        self.care = care
        self.publication = publication
        self.body = body
        self.areas = areas
    }
}

/// What was concluded for one view of a subject.
package struct ViewVerdict: Sendable, Hashable {
    /// Nil where there is nothing to assess.
    package var assessment: Assessment?
    package var effectiveBand: Band?
    package var published: PublishedState
    /// The item versions that wait to be told together; whatever else was read waits no more.
    package var held: Set<Int64>
    package var events: [PublishedEvent]

    package init(
        assessment: Assessment?,
        effectiveBand: Band?,
        published: PublishedState,
        held: Set<Int64> = [],
        events: [PublishedEvent]
    ) {
        self.assessment = assessment
        self.effectiveBand = effectiveBand
        self.published = published
        self.held = held
        self.events = events
    }
}

/// What was concluded for one subject: stored, with the considered marks of exactly the items read, in one transaction.
package struct Verdict: Sendable, Hashable {
    package var subject: DueSubject
    package var views: [View: ViewVerdict]
    /// When to look again without new input.
    package var nextDue: Moment?
    /// Of a place: how its views disagree.
    package var difference: ViewDifference?

    package init(
        subject: DueSubject,
        views: [View: ViewVerdict],
        nextDue: Moment?,
        difference: ViewDifference? = nil
    ) {
        self.subject = subject
        self.views = views
        self.difference = difference
        self.nextDue = nextDue
    }
}

/// What the decision needs that is the same for every subject of a transaction.
package struct AssessmentContext: Sendable, Hashable {
    /// The database's clock, read after the evidence snapshot.
    package var now: Moment
    package var workingTime: WorkingTime
    package var nextMeeting: Moment?
    package var chains: EscalationChains

    package init(
        now: Moment,
        workingTime: WorkingTime,
        nextMeeting: Moment?,
        chains: EscalationChains = .none
    ) {
        self.chains = chains
        self.now = now
        self.workingTime = workingTime
        self.nextMeeting = nextMeeting
    }
}

/// What one drain of the due list did.
package struct DrainOutcome: Sendable, Hashable {
    /// Subjects decided.
    package var subjects: Int
    /// Events written to the log.
    package var events: Int
    /// Those of them that the open view sees.
    package var openEvents: Int
    /// More rows are due now in these priorities.
    package var more: Bool

    package init(subjects: Int, events: Int, openEvents: Int = 0, more: Bool) {
        self.subjects = subjects
        self.events = events
        self.openEvents = openEvents
        self.more = more
    }
}

/// The due list and what hangs on it (design.md "Data model and transactions").
package protocol AssessmentStore: Sendable {
    /// Takes due rows of the priorities, reads their evidence, asks `decide`, and stores the verdicts: one transaction.
    ///
    /// `decide` is pure and is called once with all works of the transaction; its verdicts come back in the same order.
    func drain(
        _ priorities: ClosedRange<Int>,
        limit: Int,
        templateID: String,
        templateVersion: Int,
        decide: @Sendable ([DueWork], AssessmentContext) throws -> [Verdict]
    ) async throws -> DrainOutcome

    /// Seconds until the next row of the priorities falls due, by the database's clock; nil where none is waiting.
    func secondsUntilDue(_ priorities: ClosedRange<Int>) async throws -> Int64?

    /// Evidence of one location as of a moment, for `assess --at` and the API, as the view may read it.
    func work(for location: LocationID) async throws -> (work: LocationWork, context: AssessmentContext)?
}

/// Evidence as it stood: what `assess --at` and the API compute an earlier score from.
package protocol EvidenceHistory: Sendable {
    /// The forms recorded at or before a moment, with everything else that `assess` reads; nil where there is no such place.
    ///
    /// The published state and the open alerts are today's: the past is explained, not decided again.
    func work(
        for location: LocationID,
        at moment: Moment
    ) async throws -> (work: LocationWork, context: AssessmentContext)?
}
