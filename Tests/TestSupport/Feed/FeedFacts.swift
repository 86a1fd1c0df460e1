package import Safeguarding

/// What filters and permissions look at in one event of the log, as its view may know it.
package struct FeedFacts: Sendable, Hashable {
    package var type: EventType
    package var cause: AlertCause
    package var urgency: Urgency
    /// Nil for unlocated reports and summaries.
    package var location: LocationID?
    package var category: LocationCategory?
    package var areas: [String]
    package var bandTo: Band?
    /// Kinds of agency whose reports count.
    package var sources: Set<AgencyKind>
    /// Units of 10^-7 degrees; in the open view the centre of the 1 km cell where the category is restricted.
    package var longitude: Int64?
    package var latitude: Int64?
    /// The only subject that may see it; nil = all.
    package var audience: String?

    package init(
        type: EventType = .raised,
        cause: AlertCause = .risk,
        urgency: Urgency = .high,
        location: LocationID? = nil,
        category: LocationCategory? = nil,
        areas: [String] = [],
        bandTo: Band? = nil,
        sources: Set<AgencyKind> = [],
        longitude: Int64? = nil,
        latitude: Int64? = nil,
        audience: String? = nil
    ) {
        self.type = type
        self.cause = cause
        self.urgency = urgency
        self.location = location
        self.category = category
        self.areas = areas
        self.bandTo = bandTo
        self.sources = sources
        self.longitude = longitude
        self.latitude = latitude
        self.audience = audience
    }

    /// Passes every area filter: nobody may miss it for want of an area.
    package var isEverywhere: Bool { cause == .unlocated || areas.isEmpty }
}

extension FeedFilter {
    /// The reference evaluation: exclusions win, then any inclusion admits, empty admits everything.
    package func admits(_ facts: FeedFacts, in view: View) -> Bool {
        if exclusions.contains(where: { $0.matches(facts, in: view, excluding: true) }) { return false }
        // What is meant for one reader passes every inclusion, and so does a mute for everybody.
        return inclusions.isEmpty || facts.audience != nil || [.muted, .unmuted].contains(facts.type)
            || inclusions.contains { $0.matches(facts, in: view, excluding: false) }
    }
}

extension MuteRequest {
    /// The reference evaluation: kinds of term must all match, terms of a kind are alternatives, exclusions win, and some
    /// things are never withheld.
    package func withholds(_ facts: FeedFacts, in view: View) -> Bool {
        guard facts.urgency != .immediate, facts.type != .escalated, facts.location != nil, facts.bandTo != .unrated,
            ![.muted, .unmuted, .watchEnded, .exercise, .digest].contains(facts.type)
        else { return false }
        // Here an area is meant, not "everything without one".
        func matches(_ term: FeedTerm) -> Bool { term.matches(facts, in: view, excluding: true) }
        guard !terms.exclusions.contains(where: matches) else { return false }
        return Dictionary(grouping: terms.inclusions, by: \.kindOfTerm).values.allSatisfy {
            $0.contains(where: matches)
        }
    }
}

extension FeedTerm {
    fileprivate var kindOfTerm: Int {
        switch self {
        case .area: 0
        case .category: 1
        case .location: 2
        case .kind: 3
        case .bandAtLeast: 4
        case .urgencyAtLeast: 5
        case .source: 6
        case .near: 7
        }
    }

    /// Whether the term matches; without clearance a restricted place is found by its cell and never by its id.
    package func matches(_ facts: FeedFacts, in view: View, excluding: Bool) -> Bool {
        switch self {
        case .area(let code): facts.isEverywhere ? !excluding : facts.areas.contains(code)
        case .category(let category): facts.category == category
        case .location(let location):
            facts.location == location && (view == .full || facts.category?.isRestricted != true)
        case .kind(let type): facts.type == type
        case .bandAtLeast(let band): facts.bandTo?.isAtLeast(band) ?? false
        case .urgencyAtLeast(let urgency): facts.urgency >= urgency
        case .source(let kind): facts.sources.contains(kind)
        case .near(let longitude, let latitude, let metres):
            facts.distance(longitude: longitude, latitude: latitude).map { $0 <= Double(metres) } ?? false
        }
    }
}

extension FeedFacts {
    /// Metres to a point, on a plane that touches the sphere there: within 0.5 % at the distances a filter names in England.
    package func distance(longitude: Int64, latitude: Int64) -> Double? {
        guard let ownLongitude = self.longitude, let ownLatitude = self.latitude else { return nil }
        let metresPerUnit = 6_371_008.8 * Double.pi / 180 / 1e7
        let north = Double(ownLatitude - latitude) * metresPerUnit
        let east = Double(ownLongitude - longitude) * metresPerUnit * cosine(degrees: Double(latitude) / 1e7)
        return (north * north + east * east).squareRoot()
    }

    /// Taylor series, without Foundation: exact to 10^-9 within 90 degrees.
    private func cosine(degrees: Double) -> Double {
        let x = degrees * .pi / 180
        var term = 1.0
        var sum = 1.0
        for n in 1...12 {
            term *= -x * x / Double((2 * n - 1) * (2 * n))
            sum += term
        }
        return sum
    }
}

extension Principal {
    /// Whether the reader may see the event at all, before any filter (design.md "Trust").
    package func maySee(_ facts: FeedFacts, linked: Set<LocationID>) -> Bool {
        if let audience = facts.audience, audience != subject { return false }
        if let location = facts.location, linked.contains(location) { return false }
        return areas.isEmpty || facts.isEverywhere || !Set(areas).isDisjoint(with: facts.areas)
    }
}
