import Safeguarding

/// A position in WGS84 degrees.
struct Position: Sendable, Hashable {
    var longitude: Double
    var latitude: Double
}

/// What the log files an event of a subject under, as one view may know it.
struct EventFacts: Sendable, Hashable {
    var location: LocationID?
    var category: LocationCategory?
    /// Withheld in this view: known by its cell only.
    var isRestricted: Bool
    var sources: [AgencyKind]
    /// In the open view of a restricted place, the centre of its cell.
    var position: Position?
    /// Passes every area filter whatever its areas are.
    var isUnlocated: Bool

    /// The facts of a place in a view: without clearance a restricted one is a cell.
    static func place(
        _ id: LocationID,
        category: LocationCategory,
        exact: Position?,
        cell: Position?,
        sources: [AgencyKind],
        view: View
    ) -> EventFacts {
        let isRestricted = view == .open && category.isRestricted
        return EventFacts(
            location: id,
            category: category,
            isRestricted: isRestricted,
            sources: sources,
            position: isRestricted ? cell : exact,
            isUnlocated: false
        )
    }

    /// A report that belongs to no place yet.
    static let unlocated = EventFacts(
        location: nil,
        category: nil,
        isRestricted: false,
        sources: [],
        position: nil,
        isUnlocated: true
    )

    /// The summary of a run: it concerns its areas and no place.
    static let summary = EventFacts(
        location: nil,
        category: nil,
        isRestricted: false,
        sources: [],
        position: nil,
        isUnlocated: false
    )

    /// Whether an event with these areas passes every area filter.
    func isEverywhere(areas: [String]) -> Bool { isUnlocated || areas.isEmpty }

    /// The words under which a publication is filed.
    func tags(of publication: Publication, areas: [String]) -> [String] {
        var tags = isEverywhere(areas: areas) ? [FeedTags.everywhere] : areas.map(FeedTags.area)
        tags.append(FeedTags.kind(publication.type))
        tags.append(FeedTags.urgency(publication.urgency))
        if let band = publication.bandTo { tags.append(FeedTags.band(band)) }
        if let category { tags.append(FeedTags.category(category)) }
        if let location, !isRestricted { tags.append(FeedTags.location(location)) }
        return tags + sources.map(FeedTags.source)
    }
}
