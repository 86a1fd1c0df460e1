import NIOCore
package import Safeguarding

/// Events that follow each other in a subscription, as the bytes of their EVT lines.
///
/// Made once for all who are sent them, under the name that most of them gave their subscription: those share the bytes as they
/// are, but for the first line, which has each subscriber's own `prev`. Whoever calls it otherwise gets a copy with that name.
/// Parts of a run share its bytes, so that a page that is said in pieces is not copied for it.
package struct EventRun: Sendable, Hashable {
    /// Where a line stands in the bytes: `EVT <name> ` from `start`, where there is a name, `<seq> <prev> ` from `bare`, the
    /// tail from `tail` to `end`.
    private struct Line: Sendable, Hashable {
        var seq: Int64
        var start: Int
        var bare: Int
        var tail: Int
        var end: Int
    }

    /// Below this a copy costs less than handing the socket one buffer more.
    static let worthSharing = 4_096

    private let name: String?
    private var bytes: ByteBuffer
    private var lines: ArraySlice<Line>

    /// Takes events from the front while their lines, at their longest, fit into so many bytes.
    package init(
        _ events: some Collection<LoggedEvent>,
        name: String? = nil,
        byteLimit: Int = FeedLimits.pageBytes
    ) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(min(events.reduce(0) { $0 + EventLine.likelyLength(of: $1) }, byteLimit))
        let intro = name.map { ByteBuffer(string: "EVT \($0) ") } ?? ByteBuffer()
        var lines: [Line] = []
        lines.reserveCapacity(events.count)
        for event in events {
            let start = bytes.writerIndex
            bytes.writeImmutableBuffer(intro)
            let bare = bytes.writerIndex
            bytes.write(positions: event.seq, lines.last?.seq ?? 0)
            let tail = bytes.writerIndex
            bytes.write(tailOf: event)
            let end = bytes.writerIndex
            guard start + EventLine.longestHead + (end - tail) <= byteLimit else {
                bytes.moveWriterIndex(to: start)
                break
            }
            lines.append(Line(seq: event.seq, start: start, bare: bare, tail: tail, end: end))
        }
        self.name = name
        self.bytes = bytes
        self.lines = lines[...]
    }

    /// No events.
    package init() { self.init(EmptyCollection()) }

    package var count: Int { lines.count }
    package var isEmpty: Bool { lines.isEmpty }
    package var seqs: some Collection<Int64> { lines.lazy.map(\.seq) }
    package var last: Int64? { lines.last?.seq }

    /// Bytes of the lines at their longest.
    var likelyLength: Int { Self.likelyLength(of: lines) }

    private static func likelyLength(of lines: ArraySlice<Line>) -> Int {
        guard let first = lines.first, let last = lines.last else { return 0 }
        return last.end - first.start + lines.count * (EventLine.longestHead - (first.bare - first.start))
    }

    /// Takes the first lines off: at most `most`, and no more once `room` bytes are full, so that the last may exceed it by a part.
    mutating func removePrefix(most: Int, room: Int) -> EventRun {
        var taken = self
        var room = room
        var end = lines.startIndex
        while end < lines.endIndex, end - lines.startIndex < most, room > 0 {
            room -= lines[end].end - lines[end].bare + EventLine.longestHead
            end += 1
        }
        taken.lines = lines[..<end]
        lines = lines[end...]
        // Nothing is kept for what is not there any more.
        if lines.isEmpty { self = EventRun() }
        return taken
    }

    /// Appends the EVT lines for a subscription that was sent `prev` last.
    func encode(name: String, prev: Int64, into output: inout OutgoingLines) {
        guard let first = lines.first, let last = lines.last else { return }
        guard name == self.name, last.end - first.end >= Self.worthSharing,
            let rest = bytes.getSlice(at: first.end, length: last.end - first.end)
        else {
            output.write { encode(lines, name: name, prev: prev, into: &$0) }
            return
        }
        output.write { encode(lines.prefix(1), name: name, prev: prev, into: &$0) }
        output.share(rest)
    }

    private func encode(_ lines: ArraySlice<Line>, name: String, prev: Int64, into buffer: inout ByteBuffer) {
        let intro = ByteBuffer(string: "EVT \(name) ")
        let head = intro.readableBytesSpan
        let bytes = bytes.readableBytesSpan
        buffer.reserveCapacity(minimumWritableBytes: Self.likelyLength(of: lines))
        for (index, line) in zip(lines.indices, lines) {
            buffer.writeBytes(head)
            if index == lines.startIndex {
                buffer.write(positions: line.seq, prev)
                buffer.writeBytes(bytes.extracting(line.tail..<line.end))
            } else {
                buffer.writeBytes(bytes.extracting(line.bare..<line.end))
            }
        }
    }
}

extension ByteBuffer {
    /// `<seq> <prev> `.
    fileprivate mutating func write(positions seq: Int64, _ prev: Int64) {
        write(word: String(seq))
        write(word: String(prev))
    }
}
