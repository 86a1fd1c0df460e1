/// Writes CSV that no spreadsheet takes for formulas (interfaces.md: cells that begin with `= + - @`, tab or CR).
package enum CSVWriter {
    /// Appends one record with CRLF.
    package static func write(_ cells: some Sequence<String>, to out: inout [UInt8]) {
        write(cells.map { Array($0.utf8)[...] }, delimiter: UInt8(ascii: ","), to: &out)
    }

    /// Appends one record of bytes as they are, guarded and quoted where needed, with CRLF.
    static func write(_ cells: [ArraySlice<UInt8>], delimiter: UInt8, to out: inout [UInt8]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { out.append(delimiter) }
            write(cell, delimiter: delimiter, to: &out)
        }
        out += [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    }

    /// The cell with an apostrophe before it where a spreadsheet would compute it.
    ///
    /// An apostrophe that already stands before such a cell gets another, so that ``unguarded(_:)`` gives back what was.
    package static func guarded(_ cell: String) -> String { isFormula(cell.utf8) ? "'" + cell : cell }

    /// The cell as it was before ``guarded(_:)``.
    package static func unguarded(_ cell: String) -> String {
        cell.utf8.first == apostrophe && isFormula(cell.utf8) ? String(cell.dropFirst()) : cell
    }

    private static let apostrophe = UInt8(ascii: "'")

    private static func isFormula(_ cell: some Sequence<UInt8>) -> Bool {
        let first = cell.first { $0 != apostrophe }
        return first.map { "=+-@\t\r".utf8.contains($0) } ?? false
    }

    private static func write(_ cell: ArraySlice<UInt8>, delimiter: UInt8, to out: inout [UInt8]) {
        let isGuarded = isFormula(cell)
        guard cell.contains(where: { $0 == 0x22 || $0 == delimiter || $0 == 0x0A || $0 == 0x0D }) else {
            if isGuarded { out.append(apostrophe) }
            out += cell
            return
        }
        out.append(UInt8(ascii: "\""))
        if isGuarded { out.append(apostrophe) }
        for byte in cell {
            if byte == UInt8(ascii: "\"") { out.append(byte) }
            out.append(byte)
        }
        out.append(UInt8(ascii: "\""))
    }
}
