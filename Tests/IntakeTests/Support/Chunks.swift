/// Bytes that come in pieces, and may break off with an error.
struct Chunks: AsyncSequence, Sendable {
    struct BrokenOff: Error {}

    var pieces: [[UInt8]]
    var breaksOff = false

    /// All bytes in pieces of one size.
    init(_ bytes: [UInt8], of size: Int = 65_536) {
        pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<Swift.min($0 + size, bytes.count)]) }
    }

    init(_ text: String, of size: Int = 65_536) { self.init(Array(text.utf8), of: size) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ArraySlice<[UInt8]>
        var breaksOff: Bool

        mutating func next() async throws -> [UInt8]? {
            if let piece = rest.popFirst() { return piece }
            if breaksOff { throw BrokenOff() }
            return nil
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: pieces[...], breaksOff: breaksOff) }
}
