/// One term of a feed filter (feed-protocol.md section 3).
package enum FeedTerm: Sendable, Hashable {
    case area(String)
    case category(LocationCategory)
    case location(LocationID)
    case kind(EventType)
    case bandAtLeast(Band)
    case urgencyAtLeast(Urgency)
    case source(AgencyKind)
    /// Degrees in units of 10^-7, and metres.
    case near(longitude: Int64, latitude: Int64, metres: Int)
}

extension FeedTerm {
    /// Whether there may come a time when the term can match nothing: areas and places come and go.
    package var canEnd: Bool {
        switch self {
        case .area, .location: true
        case .category, .kind, .bandAtLeast, .urgencyAtLeast, .source, .near: false
        }
    }
}

/// A subscription's filter: exclusions win, then any inclusion admits, order is irrelevant; empty admits everything.
package struct FeedFilter: Sendable, Hashable {
    package var inclusions: [FeedTerm]
    package var exclusions: [FeedTerm]
    /// The terms as written, for `FILTER?` and for storage.
    package var text: String

    package init(inclusions: [FeedTerm] = [], exclusions: [FeedTerm] = [], text: String = "") {
        self.inclusions = inclusions
        self.exclusions = exclusions
        self.text = text
    }

    package static let everything = FeedFilter()

    /// Exercises are for one reader and so pass every inclusion; these exclusions leave them out, as they are of low urgency.
    package var admitsExercises: Bool {
        !exclusions.contains { $0 == .kind(.exercise) || $0 == .urgencyAtLeast(.low) }
    }
}
