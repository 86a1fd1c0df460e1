import Postgres
import Safeguarding

/// The words under which an event is filed in the log, so that every filter is a comparison of two arrays.
///
/// One word per thing a filter term can name. In the open view a restricted place has no word for its id: it is found by
/// its 1 km cell only (design.md "Restricted categories").
enum FeedTags {
    /// Filed on events that pass every area filter: unlocated reports, and what has no area.
    ///
    /// No area code can spell it.
    static let everywhere = "everywhere"

    static func area(_ code: String) -> String { "area:" + code }
    static func category(_ category: LocationCategory) -> String { "category:" + category.rawValue }
    static func location(_ location: LocationID) -> String { "location:" + location.text }
    static func kind(_ type: EventType) -> String { "kind:" + type.rawValue }
    static func isKind(_ tag: String) -> Bool { tag.hasPrefix("kind:") }
    static func band(_ band: Band) -> String { "band:" + band.rawValue }
    static func urgency(_ urgency: Urgency) -> String { "urgency:" + urgency.rawValue }
    static func source(_ kind: AgencyKind) -> String { "source:" + kind.rawValue }
}

/// A filter as the parameters of a query: a closed set of words for each direction, and circles.
struct FeedFilterParameters: Sendable, Hashable {
    /// The words that a direction's terms stand for, and its circles.
    struct Direction: Sendable, Hashable {
        var tags: [String] = []
        /// Longitude and latitude in degrees and a radius in metres, one circle behind the other.
        var circles: [Double] = []
    }

    /// Nothing is asked for by name, so everything not excluded is admitted.
    var admitsAll: Bool
    var inclusions: Direction
    var exclusions: Direction

    init(_ filter: FeedFilter) {
        admitsAll = filter.inclusions.isEmpty
        inclusions = Self.direction(filter.inclusions, excluding: false)
        exclusions = Self.direction(filter.exclusions, excluding: true)
    }

    /// In the order of `passes_filter`, from `excluded` on.
    var values: [PostgresValue] {
        [
            .texts(exclusions.tags), .doubles(exclusions.circles), .bool(admitsAll), .texts(inclusions.tags),
            .doubles(inclusions.circles),
        ]
    }

    private static func direction(_ terms: [FeedTerm], excluding: Bool) -> Direction {
        var direction = Direction()
        for term in terms {
            switch term {
            case .area(let code):
                direction.tags.append(FeedTags.area(code))
                if !excluding { direction.tags.append(FeedTags.everywhere) }
            case .category(let category): direction.tags.append(FeedTags.category(category))
            case .location(let location): direction.tags.append(FeedTags.location(location))
            case .kind(let type): direction.tags.append(FeedTags.kind(type))
            case .bandAtLeast(let floor):
                direction.tags += Band.allCases.filter { $0.isAtLeast(floor) }.map(FeedTags.band)
            case .urgencyAtLeast(let floor):
                direction.tags += Urgency.allCases.filter { $0 >= floor }.map(FeedTags.urgency)
            case .source(let kind): direction.tags.append(FeedTags.source(kind))
            case .near(let longitude, let latitude, let metres):
                direction.circles += [Double(longitude) / 1e7, Double(latitude) / 1e7, Double(metres)]
            }
        }
        return direction
    }
}
