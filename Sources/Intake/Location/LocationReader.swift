import Safeguarding

/// Reads where a report says it was: exactly one form, or too little to go by, which is stored unlocated.
enum LocationReader {
    /// Keys that each name a form; `postcode` does so together with `name`.
    private static let forms = ["id", "register", "uprn", "vehicle", "postcode", "gridReference", "point"]

    private static let accepted =
        "one of id, register, uprn, vehicle, name with postcode, gridReference, point; with category, name, accuracyMetres"

    /// Degrees of the British Isles with the seas between; a pair in the wrong order never lies in it.
    private static let longitudes = -14 * DecimalDegrees.unit...4 * DecimalDegrees.unit
    private static let latitudes = 49 * DecimalDegrees.unit...62 * DecimalDegrees.unit

    /// The reference with its canonical form; nil where it was at fault. An absent location is none to go by.
    static func read(
        _ key: String,
        of fields: FieldReader,
        faults: inout FaultList
    ) -> (location: LocationReference, canonical: JSON?)? {
        guard let value = fields.value(key) else { return (LocationReference(form: .none), nil) }
        guard let inner = FieldReader(path: fields.path(key), value: value, accepted: accepted, faults: &faults) else {
            return nil
        }
        return read(inner, path: fields.path(key), faults: &faults)
    }

    private static func read(
        _ fields: FieldReader,
        path: String,
        faults: inout FaultList
    ) -> (location: LocationReference, canonical: JSON?)? {
        fields.refuseUnknown(among: forms + ["name", "category", "accuracyMetres"], faults: &faults)
        var canonical = CanonicalForm()
        let name = fields.text("name", longest: ReportLimits.nameScalars, reason: .badLocation, faults: &faults)
        let category: LocationCategory? = fields.choice("category", reason: .unknownCategory, faults: &faults)
        let accuracy = accuracy(fields, faults: &faults)
        canonical.set("name", name.map { .string($0) })
        canonical.set("category", category.map { .string($0.rawValue) })
        canonical.set("accuracyMetres", accuracy.map { .int($0) })

        let given = forms.filter { fields.has($0) }
        guard given.count <= 1 else {
            faults.add(.badLocation, at: path, "says where in more than one way", accepted: accepted)
            return nil
        }
        let form: LocationReference.Form?
        switch given.first {
        case nil: form = LocationReference.Form.none
        case "id": form = id(fields, &canonical, &faults)
        case "register": form = register(fields, &canonical, &faults)
        case "uprn": form = uprn(fields, &canonical, &faults)
        case "vehicle": form = vehicle(fields, &canonical, &faults)
        case "postcode": form = namedPostcode(fields, name: name, &canonical, &faults)
        case "gridReference": form = grid(fields, &canonical, &faults)
        default: form = point(fields, &canonical, &faults)
        }
        guard let form else { return nil }
        let location = LocationReference(form: form, category: category, name: name, accuracyMetres: accuracy)
        return (location, canonical.json)
    }

    /// Whole metres, rounded up: a telephone says 12.6.
    private static func accuracy(_ fields: FieldReader, faults: inout FaultList) -> Int? {
        guard let value = fields.value("accuracyMetres") else { return nil }
        guard case .number(let text) = value else {
            fields.wrongType("accuracyMetres", value, "a number", &faults)
            return nil
        }
        guard let metres = Double(text), metres >= 0, metres <= Double(ReportLimits.accuracyMetres) else {
            let accepted = "0 to \(ReportLimits.accuracyMetres)"
            faults.add(.outOfRange, at: fields.path("accuracyMetres"), "is out of range", accepted: accepted)
            return nil
        }
        return Int(metres.rounded(.up))
    }

    // MARK: Premises and vehicles

    private static func id(
        _ fields: FieldReader,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> LocationReference.Form? {
        guard let text = fields.text("id", longest: 64, reason: .badLocation, faults: &faults) else { return nil }
        guard let id = LocationID(text) else {
            faults.add(.badLocation, at: fields.path("id"), "is no location id", accepted: "loc_ and a UUID")
            return nil
        }
        canonical.set("id", .string(id.text))
        return .id(id)
    }

    private static func register(
        _ fields: FieldReader,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> LocationReference.Form? {
        guard let text = fields.text("register", longest: 97, reason: .badLocation, faults: &faults) else { return nil }
        guard let entry = RegisterKey(text) else {
            faults.add(
                .badLocation,
                at: fields.path("register"),
                "is no register entry",
                accepted: "scheme:number, such as fhrs:123"
            )
            return nil
        }
        canonical.set("register", .string(entry.text))
        return .register(entry.text)
    }

    /// One to twelve digits, as text or as a number; leading zeros mean nothing.
    private static func uprn(
        _ fields: FieldReader,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> LocationReference.Form? {
        let digits: String
        switch fields.value("uprn") {
        case .string(let text)?: digits = text
        case .number(let text)?: digits = text
        case let value?:
            fields.wrongType("uprn", value, "digits", &faults)
            return nil
        case nil: return nil
        }
        let significant = digits.drop { $0 == "0" }
        guard (1...ReportLimits.uprnDigits).contains(digits.utf8.count), !significant.isEmpty,
            digits.utf8.allSatisfy({ (48...57).contains($0) })
        else {
            faults.add(.badLocation, at: fields.path("uprn"), "is no UPRN", accepted: "1 to 12 digits")
            return nil
        }
        canonical.set("uprn", .string(String(significant)))
        return .uprn(String(significant))
    }

    private static func vehicle(
        _ fields: FieldReader,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> LocationReference.Form? {
        let accepted = "{\"plate\", \"licensedBy\"}"
        guard let value = fields.value("vehicle"),
            let inner = FieldReader(path: fields.path("vehicle"), value: value, accepted: accepted, faults: &faults)
        else { return nil }
        inner.refuseUnknown(among: ["plate", "licensedBy"], faults: &faults)
        for key in ["plate", "licensedBy"] where !inner.has(key) { inner.missing(key, accepted: accepted, &faults) }
        let plate = inner.text("plate", longest: 32, reason: .badLocation, faults: &faults)
        let authority = inner.text(
            "licensedBy",
            longest: ReportLimits.authorityCharacters,
            reason: .badLocation,
            faults: &faults
        )
        guard let plate, let authority else { return nil }
        let packed = plate.uppercased().filter { $0 != " " }
        guard (1...ReportLimits.plateCharacters).contains(packed.utf8.count),
            packed.utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) || $0 == UInt8(ascii: "-") })
        else {
            faults.add(
                .badLocation,
                at: inner.path("plate"),
                "is no plate",
                accepted: "letters, digits and hyphens, at most 16"
            )
            return nil
        }
        canonical.set("vehicle", .object([("licensedBy", .string(authority)), ("plate", .string(packed))]))
        return .vehicle(plate: packed, licensedBy: authority)
    }

    /// Name and postcode together; a postcode alone is nothing to go by, but is kept for the steward.
    private static func namedPostcode(
        _ fields: FieldReader,
        name: String?,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> LocationReference.Form? {
        guard let text = fields.text("postcode", longest: 16, reason: .badPostcode, faults: &faults) else { return nil }
        guard let postcode = Postcode(text) else {
            faults.add(.badPostcode, at: fields.path("postcode"), "is no postcode", accepted: "such as LU1 1AA")
            return nil
        }
        canonical.set("postcode", .string(postcode.text))
        if let name { return .namedPostcode(name: name, postcode: postcode.text) }
        return fields.has("name") ? nil : LocationReference.Form.none
    }

    // MARK: Positions

    private static func grid(
        _ fields: FieldReader,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> LocationReference.Form? {
        guard let text = fields.text("gridReference", longest: 64, reason: .badGridReference, faults: &faults) else {
            return nil
        }
        guard let reference = GridReference(text) else {
            faults.add(
                .badGridReference,
                at: fields.path("gridReference"),
                "is no grid reference of Great Britain",
                accepted: "two letters with 2 to 10 figures (TL 086 213), or easting,northing in metres"
            )
            return nil
        }
        canonical.set("gridReference", .string(reference.canonical))
        return .grid(easting: reference.easting, northing: reference.northing, halfWidth: reference.halfWidth)
    }

    private static func point(
        _ fields: FieldReader,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> LocationReference.Form? {
        let accepted = "[longitude, latitude] in degrees, such as [-0.4229, 51.87998]"
        guard case .array(let pair)? = fields.value("point"), pair.count == 2, case .number(let first) = pair[0],
            case .number(let second) = pair[1]
        else {
            faults.add(.badCoordinates, at: fields.path("point"), "is no pair of numbers", accepted: accepted)
            return nil
        }
        guard let longitude = DecimalDegrees.read(first), let latitude = DecimalDegrees.read(second),
            longitudes.contains(longitude), latitudes.contains(latitude)
        else {
            faults.add(.badCoordinates, at: fields.path("point"), "lies outside the British Isles", accepted: accepted)
            return nil
        }
        canonical.set(
            "point",
            .array([.decimal(DecimalDegrees.text(longitude)), .decimal(DecimalDegrees.text(latitude))])
        )
        return .point(longitude: longitude, latitude: latitude)
    }
}
