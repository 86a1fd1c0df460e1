package import NIOCore

/// One line of a client, or why it is none.
package enum ReceivedLine: Sendable, Hashable {
    /// A complete line without its end.
    case line(String)
    /// More than the limit without an LF; the rest of the line is discarded.
    case tooLong
    /// A complete line that is not UTF-8.
    case badUTF8
}

/// Cuts a byte stream into lines of at most ``FeedLimits/clientLine`` bytes including the LF.
///
/// A CR before the LF is dropped. Part of a line is never emitted: at the end of the stream it is thrown away. Memory is
/// bounded by the limit plus whatever chunk the caller hands in; each byte is looked at once.
package struct LineDecoder: NIOSingleStepByteToMessageDecoder {
    package typealias InboundOut = ReceivedLine

    private let limit: Int
    /// Bytes from the reader index on that are known to hold no LF.
    private var searched = 0
    /// Inside a line that was already reported as too long.
    private var isDiscarding = false

    package init(limit: Int = FeedLimits.clientLine) {
        self.limit = limit
    }

    /// The next line, or nil when more bytes are needed.
    package mutating func decode(buffer: inout ByteBuffer) -> ReceivedLine? {
        if isDiscarding { discard(&buffer) }
        let bytes = buffer.readableBytesView
        let end = min(bytes.count, limit)
        let start = bytes.startIndex
        guard let feed = bytes[(start + searched)..<(start + end)].firstIndex(of: UInt8(ascii: "\n")) else {
            guard end == limit else {
                searched = end
                return nil
            }
            buffer.moveReaderIndex(forwardBy: end)
            searched = 0
            isDiscarding = true
            return .tooLong
        }
        let length = feed - start
        let content = length > 0 && bytes[feed - 1] == UInt8(ascii: "\r") ? length - 1 : length
        let text = String(validating: bytes[start..<(start + content)], as: UTF8.self)
        buffer.moveReaderIndex(forwardBy: length + 1)
        searched = 0
        return text.map { .line($0) } ?? .badUTF8
    }

    package mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) -> ReceivedLine? {
        if let line = decode(buffer: &buffer) { return line }
        buffer.moveReaderIndex(to: buffer.writerIndex)
        return nil
    }

    private mutating func discard(_ buffer: inout ByteBuffer) {
        let bytes = buffer.readableBytesView
        if let feed = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            buffer.moveReaderIndex(forwardBy: feed - bytes.startIndex + 1)
            isDiscarding = false
        } else {
            buffer.moveReaderIndex(to: buffer.writerIndex)
        }
    }
}
