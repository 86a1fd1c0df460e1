/// A CSV of reference data with named columns, read by name.
struct CSVTable {
    /// A column under any of the names it goes by, in any case.
    struct Column {
        let names: [String]

        init(_ names: String...) { self.names = names }
    }

    private var csv = CSVReader()
    private let columns: [Column]
    private var positions: [Int]?
    private var width = 0

    init(columns: [Column]) {
        self.columns = columns
    }

    /// Reads the records that are complete, each with the position of the columns in the order they were asked for.
    mutating func push(
        _ bytes: [UInt8],
        _ summary: inout RegisterImport.Summary,
        _ record: (CSVRow, [Int], Int) -> Void
    ) throws(InvalidRegister) {
        csv.push(bytes)
        try read(&summary, record)
    }

    mutating func finish(
        _ summary: inout RegisterImport.Summary,
        _ record: (CSVRow, [Int], Int) -> Void
    ) throws(InvalidRegister) {
        csv.finish()
        try read(&summary, record)
        guard positions != nil else { throw .unknownFormat }
    }

    private mutating func read(
        _ summary: inout RegisterImport.Summary,
        _ record: (CSVRow, [Int], Int) -> Void
    ) throws(InvalidRegister) {
        var row = CSVRow()
        while csv.next(&row) {
            guard let positions else {
                try bind(row)
                continue
            }
            summary.records += 1
            if row.fault != nil || row.count != width {
                summary.fail(row.number, .badShape)
            } else {
                record(row, positions, row.number)
            }
        }
    }

    private mutating func bind(_ header: CSVRow) throws(InvalidRegister) {
        let names = (0..<header.count).map { (header.text($0) ?? "").lowercased() }
        var found: [Int] = []
        for column in columns {
            guard let position = column.names.lazy.compactMap({ names.firstIndex(of: $0.lowercased()) }).first else {
                throw .missingColumn(column.names.first ?? "")
            }
            found.append(position)
        }
        positions = found
        width = header.count
    }
}
