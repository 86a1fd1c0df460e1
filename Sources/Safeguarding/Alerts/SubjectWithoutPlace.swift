/// A report that belongs to no place yet, as its own decision reads it (design.md "Unlocated reports").
package struct UnlocatedSituation: Sendable, Hashable {
    package var signs: [String]
    package var grade: Grade
    package var happeningNow: Bool
    package var isBackFile: Bool
    package var compartment: Compartment
    package var handling: HandlingCode
    package var observed: Moment
    package var received: Moment
    /// How the report was settled, nil while it is not.
    package var settled: Settlement?
    /// The type of the latest event of its open alert, nil where none is open.
    package var openAs: EventType?
    /// What the alert that a coordinator ended was about, nil where none did: the same is not raised again.
    package var resolvedAs: EventType?

    /// How an unlocated report ends.
    package enum Settlement: String, Sendable, CaseIterable {
        case located, withdrawn
    }

    package init(
        signs: [String],
        grade: Grade,
        happeningNow: Bool,
        isBackFile: Bool,
        compartment: Compartment,
        observed: Moment,
        received: Moment,
        settled: Settlement?,
        openAs: EventType?,
        resolvedAs: EventType? = nil,
        handling: HandlingCode = .permitted
    ) {
        self.resolvedAs = resolvedAs
        self.signs = signs
        self.grade = grade
        self.happeningNow = happeningNow
        self.isBackFile = isBackFile
        self.compartment = compartment
        self.handling = handling
        self.observed = observed
        self.received = received
        self.settled = settled
        self.openAs = openAs
    }
}

/// What `decide` concludes for an unlocated report.
package struct UnlocatedDecision: Sendable, Hashable {
    package var publication: Publication?
    /// When to ask again although nothing was reported.
    package var wakeAt: Moment?

    package init(publication: Publication?, wakeAt: Moment?) {
        self.publication = publication
        self.wakeAt = wakeAt
    }
}

/// The outcome of a back-file, or of rescoring under another template, in one area and one view.
package struct RunSummary: Sendable, Hashable {
    package var run: Int64
    /// Nil for places in no area.
    package var area: String?
    /// Places of the run by effective band.
    package var bands: [Band: Int]
    /// Reports of the run that belong to no place yet.
    package var unlocated: Int

    package init(run: Int64, area: String?, bands: [Band: Int], unlocated: Int) {
        self.run = run
        self.area = area
        self.bands = bands
        self.unlocated = unlocated
    }
}
