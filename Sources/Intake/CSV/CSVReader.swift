/// Reads CSV (RFC 4180) from chunks of bytes, record by record, with bounded memory.
///
/// Beyond the RFC: LF and CR alone end a record too, a byte-order mark is skipped, and a blank line is no record. A record
/// of bad shape is handed out with its fault and never swallows its neighbours, with one exception: behind an opening
/// quote that is never closed, up to the length of a record goes with it.
package struct CSVReader {
    package struct Limits: Sendable, Hashable {
        /// Bytes of one field: a full narrative and room.
        package var fieldBytes = 64 * 1_024
        /// Bytes of one record: what a report may have.
        package var rowBytes = ReportLimits.bodyBytes
        /// Fields of one record: the widest export seen has two hundred columns.
        package var fields = 512

        package init() {}
        package static let standard = Limits()
    }

    private enum State {
        case fieldStart
        case unquoted
        case quoted
        /// Behind a quote in a quoted field: a second one means a quote, anything else ends the field.
        case quoteInQuoted
        /// Behind a CR: an LF belongs to it.
        case afterReturn
        /// Too much: nothing is kept up to the end of the line.
        case skipping
    }

    private let delimiter: UInt8
    private let limits: Limits
    private var state = State.fieldStart
    private var chunk: [UInt8] = []
    private var position = 0
    private var row = CSVRow()
    private var number = 0
    private var isFinished = false
    /// Bytes of the mark still expected at the very beginning.
    private var markPosition = 0

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    package init(delimiter: UInt8 = UInt8(ascii: ","), limits: Limits = .standard) {
        self.delimiter = delimiter
        self.limits = limits
    }

    /// Takes the next bytes. Those of the chunk before must have been read to the end with ``next(_:)``.
    package mutating func push(_ bytes: [UInt8]) {
        chunk = position < chunk.count ? Array(chunk[position...]) + bytes : bytes
        position = 0
        skipByteOrderMark()
    }

    /// Says that no more bytes come.
    package mutating func finish() { isFinished = true }

    /// Reads the next record into `out`; false where more bytes are needed, or where there are none left after `finish`.
    package mutating func next(_ out: inout CSVRow) -> Bool {
        while position < chunk.count {
            if scan(), emit(&out) { return true }
        }
        guard isFinished, hasOpenRow else { return false }
        if state == .quoted { row.fail(.unterminatedQuote) }
        if state != .skipping { endField() }
        state = .fieldStart
        return emit(&out)
    }

    private var hasOpenRow: Bool {
        row.byteCount > 0 || row.count > 0 || (state != .fieldStart && state != .afterReturn)
    }

    /// Hands out the record just ended; false for a blank line.
    private mutating func emit(_ out: inout CSVRow) -> Bool {
        number += 1
        guard !row.isBlank else {
            row.clear()
            return false
        }
        row.number = number
        swap(&row, &out)
        row.clear()
        return true
    }

    // MARK: Scanning

    /// Consumes bytes up to the end of a record (true) or of the chunk (false).
    private mutating func scan() -> Bool {
        while position < chunk.count {
            let byte = chunk[position]
            switch state {
            case .afterReturn:
                if byte == UInt8(ascii: "\n") { position += 1 }
                state = .fieldStart
            case .fieldStart where byte == UInt8(ascii: "\""):
                position += 1
                state = .quoted
            case .fieldStart, .unquoted:
                if unquoted() { return true }
            case .quoted: quoted()
            case .quoteInQuoted:
                if byte == UInt8(ascii: "\"") {
                    position += 1
                    state = .quoted
                    keep(byte)
                } else if byte == delimiter || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                    if unquoted() { return true }
                } else {
                    row.fail(.strayQuote)
                    state = .unquoted
                }
            case .skipping:
                if skipped() { return true }
            }
        }
        return false
    }

    /// The rest of an unquoted field; true where it ends the record.
    private mutating func unquoted() -> Bool {
        let start = position
        let end = endOfPlainRun()
        keep(upTo: end)
        guard state != .skipping else { return false }
        guard end < chunk.count else {
            if end > start { state = .unquoted }
            return false
        }
        let byte = chunk[end]
        position = end + 1
        switch byte {
        case delimiter:
            endField()
            if state != .skipping { state = .fieldStart }
            return false
        case UInt8(ascii: "\""):
            row.fail(.strayQuote)
            keep(byte)
            if state != .skipping { state = .unquoted }
            return false
        default:
            endField()
            state = byte == UInt8(ascii: "\r") ? .afterReturn : .fieldStart
            return true
        }
    }

    private mutating func quoted() {
        let end = endOfQuotedRun()
        keep(upTo: end)
        guard end < chunk.count, state == .quoted else { return }
        position += 1
        state = .quoteInQuoted
    }

    /// Index of the next separator, line end or quote.
    private func endOfPlainRun() -> Int {
        let bytes = chunk.span
        var index = position
        while index < bytes.count {
            let byte = bytes[index]
            if byte == delimiter || byte == 0x0A || byte == 0x0D || byte == 0x22 { break }
            index += 1
        }
        return index
    }

    /// Index of the next quote.
    private func endOfQuotedRun() -> Int {
        let bytes = chunk.span
        var index = position
        while index < bytes.count, bytes[index] != 0x22 { index += 1 }
        return index
    }

    /// Passes over the rest of a line that is too long; true at its end.
    private mutating func skipped() -> Bool {
        while position < chunk.count {
            let byte = chunk[position]
            position += 1
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                state = byte == UInt8(ascii: "\r") ? .afterReturn : .fieldStart
                return true
            }
        }
        return false
    }

    // MARK: Limits

    /// Keeps bytes of the chunk from the position on; where a limit is reached, what fits, and the rest is passed over.
    ///
    /// To the byte, so that the records of a file are the same however it was cut into chunks.
    private mutating func keep(upTo end: Int) {
        let fits = min(end - position, room)
        row.append(chunk[position..<position + fits])
        position += fits
        if position < end { skipRest() }
    }

    private mutating func keep(_ byte: UInt8) {
        if room > 0 { row.append(byte) } else { skipRest() }
    }

    /// Bytes that the record and its open field may still have.
    private var room: Int {
        max(0, min(limits.rowBytes - row.byteCount, limits.fieldBytes - row.openFieldCount))
    }

    private mutating func skipRest() {
        row.fail(row.byteCount < limits.rowBytes ? .fieldTooLong : .rowTooLong)
        endField()
        state = .skipping
    }

    private mutating func endField() {
        guard row.count < limits.fields else {
            row.fail(.tooManyFields)
            state = .skipping
            return
        }
        row.endField()
    }

    private mutating func skipByteOrderMark() {
        while markPosition < 3, position < chunk.count {
            guard chunk[position] == CSVReader.byteOrderMark[markPosition] else {
                // Not a mark after all: the bytes taken for one belong to the first field.
                if markPosition > 0 {
                    chunk.insert(contentsOf: CSVReader.byteOrderMark.prefix(markPosition), at: position)
                }
                markPosition = 3
                return
            }
            markPosition += 1
            position += 1
        }
    }
}
