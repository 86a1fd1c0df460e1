/// Reads JSON (RFC 8259) strictly: one document, no byte-order mark, no comments, no repeated key, nothing after the end.
///
/// Made for input from strangers: depth, number length and count of values are limited, every fault has a name and a
/// place, and the time taken is linear in the input. Pure and without Foundation; about the speed of copying the strings.
package struct JSONReader {
    /// What a document may be at most; the size in bytes is the caller's to limit before reading.
    package struct Limits: Sendable, Hashable {
        /// Arrays and objects inside one another: reports need four, a bomb needs thousands.
        package var depth: Int
        /// Characters of one number: seventeen digits carry every coordinate, sixty-four leave room for habit.
        package var numberLength: Int
        /// Values in the document, so that `[[],[],...]` cannot turn a small body into a big tree.
        package var values: Int

        package init(depth: Int = 32, numberLength: Int = 64, values: Int = 100_000) {
            self.depth = depth
            self.numberLength = numberLength
            self.values = values
        }

        package static let standard = Limits()
    }

    /// Reads one document; a repeated key is refused like any other fault.
    package static func read(
        bytes: [UInt8],
        limits: Limits = .standard
    ) throws(JSONReadError) -> JSONValue {
        var repeated: [JSONReadError] = []
        let value = try read(bytes: bytes, limits: limits, repeatedKeys: &repeated)
        if let first = repeated.first { throw first }
        return value
    }

    /// Reads one document and collects repeated keys instead of stopping, so that a caller can name every fault at once.
    ///
    /// Of a repeated key the first value is kept. `repeatedKeys` gets a `duplicate-field` error for each further one, in
    /// the order of the text.
    package static func read(
        bytes: [UInt8],
        limits: Limits = .standard,
        repeatedKeys: inout [JSONReadError]
    ) throws(JSONReadError) -> JSONValue {
        var reader = JSONReader(bytes: bytes, limits: limits)
        reader.scanner.skipSpace()
        guard !reader.scanner.isAtEnd else { throw reader.scanner.error(.empty) }
        let value = try reader.value(depth: 0)
        reader.scanner.skipSpace()
        guard reader.scanner.isAtEnd else { throw reader.scanner.error(.trailingContent) }
        repeatedKeys += reader.repeated.sorted { $0.offset < $1.offset }
        return value
    }

    private var scanner: JSONScanner
    private let limits: Limits
    private var values = 0
    /// Repeated keys found so far; a nested one gets its outer path as the recursion returns.
    private var repeated: [JSONReadError] = []

    private init(bytes: [UInt8], limits: Limits) {
        scanner = JSONScanner(bytes: bytes, numberLength: limits.numberLength)
        self.limits = limits
    }

    private mutating func value(depth: Int) throws(JSONReadError) -> JSONValue {
        values += 1
        guard values <= limits.values else { throw scanner.error(.tooManyValues) }
        switch try scanner.peek() {
        case UInt8(ascii: "\""): return .string(try scanner.string())
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try scanner.number())
        default: throw scanner.error(.unexpectedCharacter)
        }
    }

    private mutating func object(depth: Int) throws(JSONReadError) -> JSONValue {
        guard depth < limits.depth else { throw scanner.error(.tooDeep) }
        scanner.open()
        var members: [JSONMember] = []
        if scanner.closes(with: UInt8(ascii: "}")) { return .object(members) }
        var keys = KeySet()
        while true {
            let keyOffset = scanner.position
            guard try scanner.peek() == UInt8(ascii: "\"") else { throw scanner.error(.unexpectedCharacter) }
            let key = try scanner.string()
            scanner.skipSpace()
            try scanner.expect(UInt8(ascii: ":"))
            scanner.skipSpace()
            let nested = repeated.count
            let member: JSONValue
            do { member = try value(depth: depth + 1) } catch { throw error.inside(key: key) }
            for index in nested..<repeated.count { repeated[index] = repeated[index].inside(key: key) }
            if keys.insert(key, among: members) {
                members.append(JSONMember(key: key, value: member))
            } else {
                repeated.append(JSONReadError(code: .duplicateField, offset: keyOffset, path: key))
            }
            if try scanner.ends(with: UInt8(ascii: "}")) { return .object(members) }
        }
    }

    private mutating func array(depth: Int) throws(JSONReadError) -> JSONValue {
        guard depth < limits.depth else { throw scanner.error(.tooDeep) }
        scanner.open()
        var elements: [JSONValue] = []
        if scanner.closes(with: UInt8(ascii: "]")) { return .array(elements) }
        while true {
            let index = elements.count
            let nested = repeated.count
            do { elements.append(try value(depth: depth + 1)) } catch { throw error.inside(index: index) }
            for found in nested..<repeated.count { repeated[found] = repeated[found].inside(index: index) }
            if try scanner.ends(with: UInt8(ascii: "]")) { return .array(elements) }
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONReadError) -> JSONValue {
        try scanner.word(text)
        return value
    }
}

/// The keys of one object: compared one by one while few, hashed once many, so that no object costs quadratic time.
private struct KeySet {
    /// Up to here comparing is cheaper than hashing.
    private static let few = 12

    private var hashed: Set<String> = []

    /// Whether the key is new among `members`.
    mutating func insert(_ key: String, among members: [JSONMember]) -> Bool {
        if members.count < KeySet.few { return !members.contains { $0.key == key } }
        if hashed.isEmpty { hashed = Set(members.map(\.key)) }
        return hashed.insert(key).inserted
    }
}
