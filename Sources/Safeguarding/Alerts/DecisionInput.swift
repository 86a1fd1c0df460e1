/// Why a location is being decided (design.md "Back-files").
package enum DecisionMode: String, Sendable, CaseIterable {
    /// Something was reported or recorded, or a timer woke it.
    case live
    /// Items of a running back-file: what they raise is written as a baseline, for the run's summary to tell.
    case backFile = "back-file"
    /// Another template: the new bands are written as baselines, for the activation's summary to tell.
    case rescoring
    /// The back-file or rescoring is over: a place that ended red or unrated and was not announced so is `raised`.
    case endOfRun = "end-of-run"

    /// The mode of work that only background due rows asked for, or that a live or timed row asked for.
    package static func inferred(isBackground: Bool, hasNewItems: Bool) -> DecisionMode {
        guard isBackground else { return .live }
        return hasNewItems ? .backFile : .rescoring
    }
}

/// Everything that `decide` reads of one location in one view (scoring.md section 10).
package struct DecisionInput: Sendable, Hashable {
    package var view: View
    package var mode: DecisionMode
    package var published: PublishedState
    /// Nil where nothing is known of the place.
    package var assessment: Assessment?
    /// The machine's band had the new items not come, nil where nothing would be known; read only if there are new items.
    package var bandWithoutNewItems: Band?
    package var judgements: [Judgement]
    /// Item versions that no decision of this view has considered, among those that were assessed.
    package var newItems: [RecordedItem]
    /// Item versions in force that were considered and are held back, to be told together.
    package var heldItems: [RecordedItem]
    /// An item of the view was withdrawn, or corrected away, and no decision has considered that yet.
    package var withdrew: Bool
    package var reviews: [Review]
    /// What was published was scored under another template.
    package var isOutdated: Bool
    /// How urgent the alerts are that are open on the location in this view, by their causes.
    package var openAlerts: [AlertCause: Urgency]

    package init(
        view: View,
        mode: DecisionMode = .live,
        published: PublishedState,
        assessment: Assessment?,
        bandWithoutNewItems: Band? = nil,
        judgements: [Judgement] = [],
        newItems: [RecordedItem] = [],
        heldItems: [RecordedItem] = [],
        withdrew: Bool = false,
        reviews: [Review] = [],
        isOutdated: Bool = false,
        openAlerts: [AlertCause: Urgency] = [:]
    ) {
        self.view = view
        self.mode = mode
        self.published = published
        self.assessment = assessment
        self.bandWithoutNewItems = bandWithoutNewItems
        self.judgements = judgements
        self.newItems = newItems
        self.heldItems = heldItems
        self.withdrew = withdrew
        self.reviews = reviews
        self.isOutdated = isOutdated
        self.openAlerts = openAlerts
    }
}
