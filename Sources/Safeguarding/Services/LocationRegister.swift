/// A place as a register gives it.
package struct RegisteredLocation: Sendable, Hashable {
    /// Scheme and number, such as `fhrs:123`: the key under which it is loaded again.
    package var register: String
    package var category: LocationCategory
    package var name: String
    package var address: String
    /// Canonical form, nil where none or none that parses.
    package var postcode: String?
    /// WGS84 degrees; nil = to be placed by its postcode.
    package var longitude: Double?
    package var latitude: Double?
    package var uprn: String?

    package init(
        register: String,
        category: LocationCategory,
        name: String,
        address: String,
        postcode: String?,
        longitude: Double?,
        latitude: Double?,
        uprn: String? = nil
    ) {
        self.register = register
        self.category = category
        self.name = name
        self.address = address
        self.postcode = postcode
        self.longitude = longitude
        self.latitude = latitude
        self.uprn = uprn
    }
}

/// A postcode with its position.
package struct PostcodePosition: Sendable, Hashable {
    package var postcode: String
    package var longitude: Double
    package var latitude: Double

    package init(postcode: String, longitude: Double, latitude: Double) {
        self.postcode = postcode
        self.longitude = longitude
        self.latitude = latitude
    }
}

/// A ward, beat or district by its boundary.
package struct AreaBoundary: Sendable, Hashable {
    package var code: String
    package var name: String
    /// `ward` or larger kinds; restricted places show only these.
    package var kind: String
    /// The geometry as GeoJSON text, WGS84.
    package var geometry: String

    package init(code: String, name: String, kind: String, geometry: String) {
        self.code = code
        self.name = name
        self.kind = kind
        self.geometry = geometry
    }
}

/// What an import of reference data did.
package struct RegisterCounts: Sendable, Hashable {
    package var added = 0
    package var changed = 0
    package var unchanged = 0
    /// Places without a position, even after looking up the postcode.
    package var withoutPosition = 0

    package init() {}
}

/// Reference data: places, postcodes, areas. Safe to load again.
package protocol LocationRegister: Sendable {
    func upsert(locations: [RegisteredLocation], actor: String) async throws -> RegisterCounts
    func upsert(postcodes: [PostcodePosition]) async throws -> RegisterCounts
    func upsert(areas: [AreaBoundary]) async throws -> RegisterCounts
}
