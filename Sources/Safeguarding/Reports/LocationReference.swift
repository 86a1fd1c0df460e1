/// How a report says where: exactly one form, checked for shape and not yet resolved (interfaces.md "Location, exactly").
package struct LocationReference: Sendable, Hashable {
    /// The forms of a location.
    package enum Form: Sendable, Hashable {
        case id(LocationID)
        /// Scheme and number, such as `fhrs:123`.
        case register(String)
        case uprn(String)
        /// Plate in upper case without spaces; code of the licensing authority.
        case vehicle(plate: String, licensedBy: String)
        /// Name as given; postcode in canonical form (`LU1 1AA`).
        case namedPostcode(name: String, postcode: String)
        /// British National Grid metres of the centre of the square named and half its width; 0 = to the metre.
        case grid(easting: Int, northing: Int, halfWidth: Int)
        /// WGS84 degrees in units of 10^-7, so that equal input is equal.
        case point(longitude: Int64, latitude: Int64)
        /// Nothing to go by (a row without a position): stored unlocated.
        case none
    }

    package var form: Form
    package var category: LocationCategory?
    package var name: String?
    package var accuracyMetres: Int?

    package init(form: Form, category: LocationCategory? = nil, name: String? = nil, accuracyMetres: Int? = nil) {
        self.form = form
        self.category = category
        self.name = name
        self.accuracyMetres = accuracyMetres
    }

    /// Premises forms require an attribution; positions default to `nearby`.
    package var requiresAttribution: Bool {
        switch form {
        case .id, .register, .uprn, .vehicle, .namedPostcode: true
        case .grid, .point, .none: false
        }
    }
}

/// The location a report was resolved to.
package struct ResolvedLocation: Sendable, Hashable {
    /// How the match was made.
    package enum Manner: String, Sendable, CaseIterable {
        case id, register, uprn, vehicle
        case namedPostcode = "name-and-postcode"
        /// An existing point location near enough.
        case point
        /// A point location made for this report.
        case newPoint = "new-point"
    }

    package var id: LocationID
    package var category: LocationCategory
    package var manner: Manner

    package init(id: LocationID, category: LocationCategory, manner: Manner) {
        self.id = id
        self.category = category
        self.manner = manner
    }
}
