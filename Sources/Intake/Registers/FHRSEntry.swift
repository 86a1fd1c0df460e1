import Safeguarding

/// One establishment of the Food Hygiene Rating Scheme, by the names that its XML and the flattened CSV share.
struct FHRSEntry {
    /// The fields that are read; the rest of an establishment is passed over.
    static let fields: Set<String> = [
        "FHRSID", "BusinessName", "BusinessTypeID", "AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4",
        "PostCode",
        "Longitude", "Latitude",
    ]

    /// Characters of a name or of a line of an address; longer ones are no name.
    static let longestText = 300

    private var values: [String: String] = [:]

    /// Keeps a value with its white space collapsed at the ends; an empty one is none.
    mutating func set(_ field: String, _ value: String) {
        guard FHRSEntry.fields.contains(field), let text = PlainText.clean(value, allowingLines: true), !text.isEmpty
        else {
            return
        }
        values[field] = text
    }

    /// The place, or what is wrong with the entry.
    func location() throws(RegisterFault.Code) -> RegisteredLocation {
        guard let identifier = values["FHRSID"], identifier.asciiNumber != nil,
            let key = RegisterKey("fhrs:" + identifier)
        else { throw .noIdentifier }
        guard let name = values["BusinessName"] else { throw .noName }
        let lines = (1...4).compactMap { values["AddressLine\($0)"] }
        guard ([name] + lines).allSatisfy({ $0.unicodeScalars.count <= FHRSEntry.longestText }) else { throw .tooLong }
        let position = try position()
        return RegisteredLocation(
            register: key.text,
            category: FHRSBusinessType.category(of: values["BusinessTypeID"] ?? ""),
            name: name,
            address: lines.joined(separator: ", "),
            postcode: values["PostCode"].flatMap { Postcode($0)?.text },
            longitude: position?.longitude,
            latitude: position?.latitude
        )
    }

    /// Both or neither; neither is placed by its postcode.
    private func position() throws(RegisterFault.Code) -> (longitude: Double, latitude: Double)? {
        guard values["Longitude"] != nil || values["Latitude"] != nil else { return nil }
        guard let longitude = values["Longitude"].flatMap(Double.init),
            let latitude = values["Latitude"].flatMap(Double.init),
            RegisterFault.isInBritishIsles(longitude: longitude, latitude: latitude)
        else { throw .badPosition }
        return (longitude, latitude)
    }
}
