package import Safeguarding

/// An operational briefing as a meeting reads it: what every rendering is made from.
///
/// Built from an ``OperationalPicture`` by structured fields only; no text that a reporter wrote can enter it. What a
/// reader may not see is left out here, once, whatever the source handed over.
package struct BriefingDocument: Sendable {
    package var header: BriefingHeader
    /// Counts of the matching places by rating, unrated first.
    package var countsByBand: [(band: Band, count: ShownCount)]
    /// Places that match, whatever the limit.
    package var matching: Int
    package var openReviews: Int
    /// Most urgent first.
    package var places: [PlaceEntry]
    package var changes: BriefingChanges
    package var health: SystemHealth
    package var sources: BriefingSources
}

/// What stands above everything else: marking, handling, period, scope.
package struct BriefingHeader: Sendable, Hashable {
    package var title: String
    package var partnership: String
    /// Printed at the top and the bottom of every page.
    package var marking: String
    /// Shown on every output of a demonstration template.
    package var notice: String?
    /// How this document may be used, the strictest condition first.
    package var handling: [String]
    package var hasHandlingConditions: Bool
    package var view: View
    package var from: Moment
    /// Nothing later than this is in the document.
    package var cutOff: Moment
    /// The moment of the snapshot, by the database's clock.
    package var asOf: Moment
    package var filters: BriefingQuery
    /// The filters in words.
    package var scope: String

    /// The period in London's civil time.
    package var period: String { London.display(from) + " to " + London.display(cutOff) }
}

/// Places whose rating or review needs the meeting's eye, as positions in ``BriefingDocument/places``.
package struct BriefingChanges: Sendable, Hashable {
    /// Not known, or not visible in this view, at the beginning of the period.
    package var new: [Int] = []
    package var higher: [Int] = []
    package var lower: [Int] = []
    /// Reviews that should have been held.
    package var overdue: [Int] = []

    package var isEmpty: Bool { new.isEmpty && higher.isEmpty && lower.isEmpty && overdue.isEmpty }
}

/// Whether the picture is complete: who reports, who is silent, what has no place yet.
package struct SystemHealth: Sendable {
    /// Reports received in the period by kind of agency, in the order of the closed list.
    package var reportsByKind: [(kind: AgencyKind, count: ShownCount)]
    /// Kinds of agency from which nothing came in the period.
    package var silent: [AgencyKind]
    package var unlocated: ShownCount
}

/// Where every number comes from, so that it can be checked and argued with.
package struct BriefingSources: Sendable, Hashable {
    package var templateID: String
    package var templateVersion: Int
    package var templateTitle: String
    /// Head of the sealed audit chain: a rewritten history would no longer end in it.
    package var auditHead: String?
}
