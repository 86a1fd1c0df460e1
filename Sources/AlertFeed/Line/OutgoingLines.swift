package import NIOCore

/// Whole lines that wait for the socket, in order: written one behind the other, or shared with others who are sent the same.
package struct OutgoingLines: Sendable {
    private var parts: [ByteBuffer] = []
    /// The part that is written to, behind all of the others.
    private var open = ByteBuffer()
    private var partsBytes = 0

    package init() {}

    package var readableBytes: Int { partsBytes + open.readableBytes }

    package mutating func write(_ lines: (inout ByteBuffer) -> Void) { lines(&open) }

    /// Appends bytes that are not copied.
    package mutating func share(_ lines: ByteBuffer) {
        close()
        parts.append(lines)
        partsBytes += lines.readableBytes
    }

    /// Takes all that waits, in parts to be sent one behind the other; none of them is empty.
    package mutating func take() -> [ByteBuffer] {
        close()
        let taken = parts
        self = OutgoingLines()
        return taken
    }

    private mutating func close() {
        guard open.readableBytes > 0 else { return }
        parts.append(open)
        partsBytes += open.readableBytes
        open = ByteBuffer()
    }
}
