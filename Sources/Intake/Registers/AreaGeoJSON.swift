import Safeguarding

/// Which properties of a feature are an area's code, name and kind (`ward`, `beat`, `district` ...).
package struct AreaProperties: Sendable, Hashable {
    package var code: String
    package var name: String
    package var kind: String

    package init(code: String = "code", name: String = "name", kind: String = "kind") {
        self.code = code
        self.name = name
        self.kind = kind
    }
}

/// Reads boundaries from GeoJSON (RFC 7946): polygons in degrees, closed, within the British Isles.
enum AreaGeoJSON {
    /// Bytes of a document: the wards of a county, unsimplified.
    static let bytes = 32 * 1_024 * 1_024
    /// Values of a document: two for each position.
    private static let limits = JSONReader.Limits(depth: 16, numberLength: 64, values: 4_000_000)
    /// Characters of a code or a name.
    private static let longestText = 200

    static func read(
        _ document: [UInt8],
        _ properties: AreaProperties,
        _ summary: inout RegisterImport.Summary
    ) throws(InvalidRegister) -> [AreaBoundary] {
        let root: JSONValue
        do { root = try JSONReader.read(bytes: document, limits: limits) } catch {
            throw .notJSON(offset: error.offset)
        }
        guard root["type"]?.string == "FeatureCollection", let features = root["features"]?.array, !features.isEmpty
        else {
            throw .noFeatures
        }
        var areas: [AreaBoundary] = []
        for feature in features {
            summary.records += 1
            do { areas.append(try area(feature, properties)) } catch { summary.fail(summary.records, error) }
        }
        return areas
    }

    private static func area(_ feature: JSONValue, _ names: AreaProperties) throws(RegisterFault.Code) -> AreaBoundary {
        guard let properties = feature["properties"], let code = text(properties[names.code]) else {
            throw .noIdentifier
        }
        guard let name = text(properties[names.name]) else { throw .noName }
        guard let kind = text(properties[names.kind]) else { throw .noKind }
        guard let geometry = feature["geometry"], isSurface(geometry) else { throw .badGeometry }
        return AreaBoundary(code: code, name: name, kind: kind, geometry: geometry.json.text)
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard let sent = value?.string, let text = PlainText.clean(sent), !text.isEmpty,
            text.unicodeScalars.count <= longestText
        else { return nil }
        return text
    }

    /// A Polygon or MultiPolygon and nothing beside type and coordinates.
    private static func isSurface(_ geometry: JSONValue) -> Bool {
        guard let members = geometry.members, members.allSatisfy({ ["type", "coordinates"].contains($0.key) }),
            let coordinates = geometry["coordinates"]?.array
        else { return false }
        switch geometry["type"]?.string {
        case "Polygon": return isPolygon(coordinates)
        case "MultiPolygon": return !coordinates.isEmpty && coordinates.allSatisfy { isPolygon($0.array ?? []) }
        default: return false
        }
    }

    private static func isPolygon(_ rings: [JSONValue]) -> Bool { !rings.isEmpty && rings.allSatisfy(isRing) }

    /// At least four positions, the last the same as the first.
    private static func isRing(_ ring: JSONValue) -> Bool {
        guard let positions = ring.array, positions.count >= 4, positions.first == positions.last else { return false }
        return positions.allSatisfy { position in
            guard let numbers = position.array, (2...3).contains(numbers.count), let longitude = numbers[0].double,
                let latitude = numbers[1].double
            else { return false }
            return RegisterFault.isInBritishIsles(longitude: longitude, latitude: latitude)
        }
    }
}
