import Safeguarding

/// Places of the Food Hygiene Rating Scheme, flattened to CSV.
struct FHRSCSVReader: PlaceReader {
    private static let names = FHRSEntry.fields.sorted()
    private var table = CSVTable(columns: FHRSCSVReader.names.map { CSVTable.Column($0) })

    mutating func push(_ bytes: [UInt8], _ summary: inout RegisterImport.Summary) throws -> [RegisteredLocation] {
        var places: [(Int, Result<RegisteredLocation, RegisterFault.Code>)] = []
        try table.push(bytes, &summary) { places.append(($2, FHRSCSVReader.place($0, $1))) }
        return sorted(places, &summary)
    }

    mutating func finish(_ summary: inout RegisterImport.Summary) throws -> [RegisteredLocation] {
        var places: [(Int, Result<RegisteredLocation, RegisterFault.Code>)] = []
        try table.finish(&summary) { places.append(($2, FHRSCSVReader.place($0, $1))) }
        return sorted(places, &summary)
    }

    private func sorted(
        _ places: [(Int, Result<RegisteredLocation, RegisterFault.Code>)],
        _ summary: inout RegisterImport.Summary
    ) -> [RegisteredLocation] {
        places.compactMap { number, place in
            switch place {
            case .success(let location): return location
            case .failure(let code):
                summary.fail(number, code)
                return nil
            }
        }
    }

    private static func place(_ row: CSVRow, _ positions: [Int]) -> Result<RegisteredLocation, RegisterFault.Code> {
        var entry = FHRSEntry()
        for (name, position) in zip(names, positions) {
            guard let text = row.text(position) else { return .failure(.badUnicode) }
            entry.set(name, text)
        }
        do { return .success(try entry.location()) } catch { return .failure(error) }
    }
}
