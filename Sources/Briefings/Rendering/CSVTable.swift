/// A table as RFC 4180 text that a spreadsheet opens without running anything.
package struct CSVTable: Sendable {
    private var bytes: [UInt8] = []

    package init(header: [String]) {
        append(header)
    }

    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Adds a row; lines end with CR LF.
    package mutating func append(_ cells: [String]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(cell)
        }
        bytes.append(contentsOf: [0x0D, 0x0A])
    }

    private mutating func write(_ cell: String) {
        let guarded = CSVTable.guarded(cell)
        let needsQuotes = guarded.utf8.contains { byte in
            byte == UInt8(ascii: "\"") || byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D
        }
        guard needsQuotes else {
            bytes.append(contentsOf: guarded.utf8)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in guarded.utf8 {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// A cell that a spreadsheet would take for a formula gets a leading apostrophe (interfaces.md "Reports").
    package static func guarded(_ cell: String) -> String {
        switch cell.utf8.first {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "@"), 0x09, 0x0D: "'" + cell
        default: cell
        }
    }
}
