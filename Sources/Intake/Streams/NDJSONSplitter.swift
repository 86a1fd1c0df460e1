/// Cuts a stream of bytes into lines of bounded length (newline-delimited JSON).
///
/// A line ends with LF, a CR before it is dropped; what stands behind the last LF is a line too once the stream has
/// ended well. A line that is too long is reported once and skipped; so is everything behind the end of the allowance.
package struct NDJSONSplitter {
    package enum Line: Sendable, Hashable {
        case line([UInt8])
        /// Longer than allowed: skipped.
        case tooLong
        /// The stream holds more than allowed: this and all that follows is not read.
        case streamTooLarge
    }

    /// Bytes of one line.
    package static let lineBytes = ReportLimits.bodyBytes
    /// Bytes of the whole stream: half a million usual reports.
    package static let streamBytes = 64 * 1_024 * 1_024

    private let lineBytes: Int
    private let streamBytes: Int
    private var partial: [UInt8] = []
    private var isSkipping = false
    private var seen = 0
    private var isOver = false

    package init(lineBytes: Int = NDJSONSplitter.lineBytes, streamBytes: Int = NDJSONSplitter.streamBytes) {
        self.lineBytes = lineBytes
        self.streamBytes = streamBytes
    }

    /// Whether nothing more is read.
    package var isExhausted: Bool { isOver }

    /// Takes some bytes, gives the lines that end in them.
    package mutating func push(_ chunk: [UInt8]) -> [Line] {
        guard !isOver else { return [] }
        var lines: [Line] = []
        let allowed = min(chunk.count, streamBytes - seen)
        seen += allowed
        var start = 0
        while let end = chunk[start..<allowed].firstIndex(of: UInt8(ascii: "\n")) {
            append(chunk[start..<end], &lines)
            endLine(&lines)
            start = end + 1
        }
        append(chunk[start..<allowed], &lines)
        if allowed < chunk.count {
            isOver = true
            partial = []
            lines.append(.streamTooLarge)
        }
        return lines
    }

    /// The stream ended well: gives the last line where it has no end of its own. Not to be called where it broke off.
    package mutating func finish() -> [Line] {
        var lines: [Line] = []
        if !isOver, !partial.isEmpty { endLine(&lines) }
        isOver = true
        return lines
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>, _ lines: inout [Line]) {
        guard !isSkipping else { return }
        // One more than a line may have, for the CR that is dropped.
        if partial.count + bytes.count > lineBytes + 1 {
            isSkipping = true
            partial = []
            lines.append(.tooLong)
        } else {
            partial += bytes
        }
    }

    private mutating func endLine(_ lines: inout [Line]) {
        defer {
            partial.removeAll(keepingCapacity: true)
            isSkipping = false
        }
        guard !isSkipping else { return }
        if partial.last == UInt8(ascii: "\r") { partial.removeLast() }
        lines.append(partial.count > lineBytes ? .tooLong : .line(partial))
    }
}
