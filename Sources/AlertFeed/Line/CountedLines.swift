package import NIOCore

/// The lines of a counted reply, encoded while lines and bytes allow.
package struct CountedLines: Sendable, Hashable {
    /// Each with its LF.
    package private(set) var lines = ByteBuffer()
    package private(set) var count = 0

    /// - Parameter words: The words of one item's line.
    package init<Item>(
        _ items: some Sequence<Item>,
        lineLimit: Int = FeedLimits.listLines,
        byteLimit: Int,
        words: (Item) -> [String]
    ) {
        for item in items {
            var line = ByteBuffer()
            line.write(line: words(item))
            guard count < lineLimit, lines.readableBytes + line.readableBytes <= byteLimit else { return }
            lines.writeImmutableBuffer(line)
            count += 1
        }
    }
}
