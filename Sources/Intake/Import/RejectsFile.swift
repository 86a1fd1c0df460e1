/// The bad rows with what is wrong with them, to be mended and sent again through the same mapping.
///
/// Has the columns, encoding and delimiter of the file that was read, and two of its own: the reference of a row that has
/// none but its digest, so that a mended row stays the row it was, and the fault.
struct RejectsFile {
    private let delimiter: UInt8
    /// Positions of the file's own columns; a rejects file that is read again has two of ours.
    private let columns: [Int]
    private let names: [ArraySlice<UInt8>]
    private var hasHeader = false

    init(header: CSVRow, delimiter: UInt8) {
        self.delimiter = delimiter
        let own = [RowMapper.referenceColumn, RowMapper.faultColumn].map { Array($0.utf8)[...] }
        columns = (0..<header.count).filter { !own.contains(header[$0]) }
        names = columns.map { header[$0] } + own
    }

    /// Appends the row, before the first one the header.
    mutating func write(_ row: ImportedRow, _ faults: [RowFault], to csv: inout [UInt8]) {
        if !hasHeader {
            hasHeader = true
            CSVWriter.write(names, delimiter: delimiter, to: &csv)
        }
        let fault = "row \(row.number): " + faults.map(\.text).joined(separator: " | ")
        let added = [Array((row.digestReference ?? "").utf8)[...], Array(fault.utf8)[...]]
        CSVWriter.write(columns.map { row.cells[$0] } + added, delimiter: delimiter, to: &csv)
    }
}
