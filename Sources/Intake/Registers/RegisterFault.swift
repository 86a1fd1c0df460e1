/// What is wrong with one record of reference data; the record is left out, the others go in.
package struct RegisterFault: Error, Sendable, Hashable {
    /// The closed list; the names are stable.
    package enum Code: String, Error, Sendable, CaseIterable {
        case badShape = "bad-shape"
        case badUnicode = "bad-unicode"
        case noIdentifier = "no-identifier"
        case noName = "no-name"
        case noKind = "no-kind"
        case badPostcode = "bad-postcode"
        case badPosition = "bad-position"
        case badGeometry = "bad-geometry"
        case tooLong = "too-long"
    }

    /// The record as the file counts it: row of a CSV with its header, establishment of an XML, feature of a GeoJSON.
    package var record: Int
    package var code: Code

    package init(record: Int, code: Code) {
        self.record = record
        self.code = code
    }

    /// Degrees of the British Isles; a pair in the wrong order is outside.
    static func isInBritishIsles(longitude: Double, latitude: Double) -> Bool {
        (-14.0...4.0).contains(longitude) && (49.0...62.0).contains(latitude)
    }
}

/// Why a file of reference data was refused as a whole.
package enum InvalidRegister: Error, Sendable, Hashable {
    /// Neither XML, CSV nor GeoJSON, whichever is expected.
    case unknownFormat
    case missingColumn(String)
    case xml(XMLReader.Fault)
    case tooLarge
    case notJSON(offset: Int)
    case noFeatures
}
