package import NIOCore

/// The lines of a counted reply, encoded while lines and bytes allow.
package struct CountedLines: Sendable, Hashable {
    /// Each with its LF.
    package private(set) var lines = ByteBuffer()
    package private(set) var count = 0

    /// - Parameter words: The words of one item's line.
    package init<Item>(_ items: some Sequence<Item>, byteLimit: Int, words: (Item) -> [String]) {
        self.init(items, lineLimit: FeedLimits.listLines, byteLimit: byteLimit) { item in
            var line = ByteBuffer()
            line.write(line: words(item))
            return line
        }
    }

    /// - Parameter encode: One item's line with its LF.
    init<Item>(_ items: some Sequence<Item>, lineLimit: Int, byteLimit: Int, encode: (Item) -> ByteBuffer) {
        for item in items {
            let line = encode(item)
            guard count < lineLimit, lines.readableBytes + line.readableBytes <= byteLimit else { return }
            lines.writeImmutableBuffer(line)
            count += 1
        }
    }
}
