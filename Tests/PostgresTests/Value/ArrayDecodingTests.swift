import Testing

@testable import Postgres

struct ArrayDecodingTests {
    private func decode(_ bytes: [UInt8]) throws(DecodingFailure) -> [Int32?] {
        unsafe try ArrayDecoding.optionalElements(bytes.span.bytes, of: Int32.self)
    }

    private func encoded(_ elements: [Int32?]) -> [UInt8] {
        var bytes: [UInt8] = []
        PostgresValue.int32s(elements).append(to: &bytes)
        return bytes
    }

    @Test func `reads what was written`() throws {
        #expect(try decode(encoded([1, nil, -3])) == [1, nil, -3])
        #expect(try decode(encoded([])) == [])
    }

    @Test func `every truncation is malformed`() {
        let whole = encoded([1, nil, -3])
        for length in 0..<whole.count {
            #expect(throws: DecodingFailure.malformed, "\(length) bytes") { try decode(Array(whole.prefix(length))) }
        }
    }

    @Test func `bytes after the last element are malformed`() {
        #expect(throws: DecodingFailure.malformed) { try decode(encoded([1]) + [0]) }
    }

    @Test func `a count beyond the bytes is refused before anything is allocated for it`() {
        var bytes = encoded([1])
        bytes.replaceLength(at: 12, with: .max)
        #expect(throws: DecodingFailure.malformed) { try decode(bytes) }
        bytes.replaceLength(at: 12, with: -1)
        #expect(throws: DecodingFailure.malformed) { try decode(bytes) }
    }

    @Test func `an element length out of bounds is malformed`() {
        for length in [Int32.max, -2, 5, 3] {
            var bytes = encoded([1])
            bytes.replaceLength(at: 20, with: length)
            #expect(throws: DecodingFailure.malformed) { try decode(bytes) }
        }
    }

    @Test func `more dimensions than one are not read`() {
        var bytes = encoded([1])
        bytes.replaceLength(at: 0, with: 2)
        #expect(throws: DecodingFailure.typeMismatch) { try decode(bytes) }
    }

    @Test func `elements of another type are not read`() {
        var bytes = encoded([1])
        bytes.replaceLength(at: 8, with: 25)
        #expect(throws: DecodingFailure.typeMismatch) { try decode(bytes) }
    }
}
