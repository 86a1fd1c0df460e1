import Postgres
import Safeguarding

/// Location references as arrays, one element a reference: what `resolve_locations` and `settle_points` take.
struct ReferenceColumns {
    private var ordinals: [Int32] = []
    private var forms: [String] = []
    private var ids: [PostgresUUID?] = []
    private var firstKeys: [String?] = []
    private var secondKeys: [String?] = []
    private var xs: [Double?] = []
    private var ys: [Double?] = []
    private var categories: [String] = []
    private var names: [String?] = []
    private var radii: [Double] = []
    /// Whether an open-partner item comes with the reference: a point made for it is then visible in the open view.
    private var opens: [Bool] = []
    /// Who reports, by ordinal: whether a self-report counts hangs on their links.
    private var reporters: [Int32: (agency: String, person: String?)] = [:]

    var isEmpty: Bool { ordinals.isEmpty }

    /// Points attach to a point location at most this far away, or as far as the report says it may be off
    /// (interfaces.md "Location, exactly").
    static let leastRadius = 25

    /// Adds a reference; one that gives nothing to go by is left out, since nothing is ever found for it.
    mutating func append(_ reference: LocationReference, ordinal: Int, isOpen: Bool, agency: String, person: String?) {
        var id: LocationID?
        var keys: (String?, String?) = (nil, nil)
        var position: (x: Double, y: Double)?
        var halfWidth = 0
        let form: String
        switch reference.form {
        case .none: return
        case .id(let location): (form, id) = ("id", location)
        case .register(let register): (form, keys) = ("register", (register, nil))
        case .uprn(let uprn): (form, keys) = ("uprn", (uprn, nil))
        case .vehicle(let plate, let authority): (form, keys) = ("vehicle", (plate, authority))
        case .namedPostcode(let name, let postcode): (form, keys) = ("name", (name, postcode))
        case .grid(let easting, let northing, let width):
            (form, position, halfWidth) = ("grid", (Double(easting), Double(northing)), width)
        case .point(let longitude, let latitude):
            (form, position) = ("point", (Double(longitude) / 1e7, Double(latitude) / 1e7))
        }
        ordinals.append(Int32(ordinal))
        forms.append(form)
        ids.append(id.map { PostgresUUID($0) })
        firstKeys.append(keys.0)
        secondKeys.append(keys.1)
        xs.append(position?.x)
        ys.append(position?.y)
        categories.append((reference.category ?? .area).rawValue)
        names.append(reference.name)
        radii.append(Double(max(ReferenceColumns.leastRadius, reference.accuracyMetres ?? halfWidth)))
        opens.append(isOpen)
        reporters[Int32(clamping: ordinal)] = (agency, person)
    }

    /// One row for each reference that something exists for: ordinal, location, category, manner, whether it is visible
    /// in the open view through an item, whether it has an open name, who of the batch's agencies and persons is linked.
    ///
    /// Which of them reported what is told apart by ``placed(_:)``: a join of the rows with their reporters was a loop in a
    /// loop, and half of the time of an import.
    var resolving: Statement {
        let agencies = Set(reporters.values.map(\.agency)).sorted()
        let people = Set(reporters.values.compactMap(\.person)).sorted()
        return Statement(
            """
            SELECT r.ordinal, r.location, r.category, r.manner, r.is_open, r.has_name,
                ARRAY(SELECT k.agency FROM placeguard.link k
                    WHERE k.location = r.location AND k.agency IS NOT NULL AND k.agency = ANY ($11::text[])),
                ARRAY(SELECT k.person FROM placeguard.link k
                    WHERE k.location = r.location AND k.person IS NOT NULL AND k.person = ANY ($12::text[]))
            FROM placeguard.resolve_locations($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS r
            """,
            [
                .int32s(ordinals), .texts(forms), .uuids(ids), .texts(firstKeys), .texts(secondKeys), .doubles(xs),
                .doubles(ys), .texts(categories), .texts(names), .doubles(radii), .texts(agencies), .texts(people),
            ]
        )
    }

    /// Reads a row of ``resolving``.
    func placed(_ row: Row) throws -> (ordinal: Int, place: PlacedReference) {
        let ordinal = try row.int32(0)
        let reporter = reporters[ordinal]
        let isAgencyLinked = try row.texts(6).contains { $0 == reporter?.agency }
        let isPersonLinked = try row.texts(7).contains { $0 == reporter?.person }
        return (Int(ordinal), try PlacedReference(row, isLinked: isAgencyLinked || isPersonLinked))
    }

    /// Finds or makes the point location of each reference, all of which must be points or grid squares: ordinal,
    /// location, category, manner, visible in the open view, with an open name. Locks until the transaction ends.
    var settling: Statement {
        Statement(
            """
            SELECT r.ordinal, r.location, r.category, r.manner, r.is_open, r.has_name
            FROM placeguard.settle_points($1, $2, $3, $4, $5, $6, $7, $8) AS r
            """,
            [
                .int32s(ordinals), .texts(forms), .doubles(xs), .doubles(ys), .texts(categories), .texts(names),
                .doubles(radii), .bools(opens),
            ]
        )
    }

    /// A report has up to three references: its place and the two ends of a journey.
    static let perReport = 3
}

extension LocationReference {
    /// Points and grid squares: what a location is made for where none is found.
    var isPosition: Bool {
        switch form {
        case .point, .grid: true
        default: false
        }
    }
}

/// A location that a reference was resolved to, with what storing has to know of it.
struct PlacedReference: Hashable {
    var location: ResolvedLocation
    /// Visible in the open view through an item.
    var isOpen: Bool
    /// Has a name that the open view knows.
    var hasName: Bool
    /// The reporting agency or person operates it or works there.
    var isLinked: Bool

    /// Reads a row of ``ReferenceColumns/resolving``, or of ``ReferenceColumns/settling``: a point just made, or found
    /// again under the lock, which nobody is linked to yet.
    init(_ row: Row, isLinked: Bool = false) throws {
        location = ResolvedLocation(id: try row.id(1), category: try row.name(2), manner: try row.name(3))
        isOpen = try row.bool(4)
        hasName = try row.bool(5)
        self.isLinked = isLinked
    }

    /// The resolution as the reporter is told it.
    ///
    /// To a reporter, who never has a clearance, a point that only restricted reports made known is new: that somebody was
    /// there before is not theirs to learn (design.md "A score must not leak"), whatever compartment the report is in.
    var shownToReporter: ResolvedLocation {
        var shown = location
        if !isOpen, shown.manner == .point { shown.manner = .newPoint }
        return shown
    }
}
