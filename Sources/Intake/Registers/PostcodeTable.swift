import Safeguarding

/// Postcodes with their positions from a table such as the National Statistics Postcode Lookup.
struct PostcodeTable {
    /// The lookup gives this latitude to postcodes that have no position (Channel Islands, Isle of Man).
    private static let noLatitude = 99.0

    private var table = CSVTable(columns: [
        CSVTable.Column("postcode", "pcds", "pcd"), CSVTable.Column("lat", "latitude"),
        CSVTable.Column("long", "longitude", "lon"),
    ])

    mutating func push(
        _ bytes: [UInt8],
        _ summary: inout RegisterImport.Summary
    ) throws(InvalidRegister) -> [PostcodePosition] {
        var rows: [(Int, Reading)] = []
        try table.push(bytes, &summary) { rows.append(($2, PostcodeTable.read($0, $1))) }
        return sorted(rows, &summary)
    }

    mutating func finish(_ summary: inout RegisterImport.Summary) throws(InvalidRegister) -> [PostcodePosition] {
        var rows: [(Int, Reading)] = []
        try table.finish(&summary) { rows.append(($2, PostcodeTable.read($0, $1))) }
        return sorted(rows, &summary)
    }

    private enum Reading {
        case position(PostcodePosition)
        case withoutPosition
        case fault(RegisterFault.Code)
    }

    private func sorted(_ rows: [(Int, Reading)], _ summary: inout RegisterImport.Summary) -> [PostcodePosition] {
        rows.compactMap { number, reading in
            switch reading {
            case .position(let position): return position
            case .withoutPosition:
                summary.counts.withoutPosition += 1
                return nil
            case .fault(let code):
                summary.fail(number, code)
                return nil
            }
        }
    }

    private static func read(_ row: CSVRow, _ positions: [Int]) -> Reading {
        guard let text = row.text(positions[0]) else { return .fault(.badUnicode) }
        guard let postcode = Postcode(text) else { return .fault(.badPostcode) }
        // Terminated before there were positions: no latitude at all.
        if row[positions[1]].isEmpty { return .withoutPosition }
        guard let latitude = row.text(positions[1]).flatMap(Double.init),
            let longitude = row.text(positions[2]).flatMap(Double.init)
        else { return .fault(.badPosition) }
        if latitude > noLatitude { return .withoutPosition }
        guard RegisterFault.isInBritishIsles(longitude: longitude, latitude: latitude) else {
            return .fault(.badPosition)
        }
        return .position(PostcodePosition(postcode: postcode.text, longitude: longitude, latitude: latitude))
    }
}
