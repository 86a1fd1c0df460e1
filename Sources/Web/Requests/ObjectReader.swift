import Safeguarding

/// The fields of a small JSON object, read strictly: every fault at once.
struct ObjectReader {
    private let members: [JSONMember]
    private(set) var faults: [Fault] = []

    /// Depth and count of values that a steward's form needs, with room.
    private static let limits = JSONReader.Limits(depth: 4, values: 64)

    init(_ bytes: [UInt8], known: [String]) throws(Problem) {
        var repeated: [JSONReadError] = []
        let value: JSONValue
        do {
            value = try JSONReader.read(bytes: bytes, limits: ObjectReader.limits, repeatedKeys: &repeated)
        } catch {
            let reason: RefusalReason =
                switch error.code {
                case .badUnicode: .badUnicode
                case .tooDeep: .tooDeep
                default: .badJSON
                }
            throw Problem(reason, message: "is no JSON: \(error.description)", accepted: "one JSON object")
        }
        guard let members = value.members else {
            throw Problem(
                .wrongType,
                message: "\(value.kind.rawValue) instead of an object",
                accepted: "one JSON object"
            )
        }
        self.members = members
        for key in repeated { add(.duplicateField, key.path, "is given more than once", "each field once") }
        for member in members where !known.contains(member.key) {
            let near = NearestName.of(member.key, among: known).map { "\($0)?" } ?? known.joined(separator: ", ")
            add(.unknownField, member.key, "is no field here", near)
        }
    }

    func check() throws(Problem) {
        guard faults.isEmpty else { throw Problem(faults) }
    }

    mutating func text(_ key: String, longest: Int, isRequired: Bool = true) -> String? {
        guard let value = value(key, isRequired: isRequired) else { return nil }
        guard let text = value.string else { return wrongType(key, value, "text") }
        guard (1...longest).contains(text.unicodeScalars.count) else {
            add(.tooLong, key, "is empty or too long", "1-\(longest) characters")
            return nil
        }
        // Which no text of ours needs, and U+0000 no text of the database's can hold.
        guard !text.unicodeScalars.contains("\0") else {
            add(.badUnicode, key, "has the character U+0000", "text without it")
            return nil
        }
        return text
    }

    mutating func moment(_ key: String, isRequired: Bool = false) -> Moment? {
        guard let value = value(key, isRequired: isRequired) else { return nil }
        if let moment = value.string.flatMap({ Moment(rfc3339: $0) }) { return moment }
        add(.badTime, key, "is no time", "2026-11-22T05:54:36Z")
        return nil
    }

    mutating func choice<Value: RawRepresentable & CaseIterable>(
        _ key: String,
        isRequired: Bool = true
    ) -> Value? where Value.RawValue == String {
        guard let value = value(key, isRequired: isRequired) else { return nil }
        if let found = value.string.flatMap({ Value(rawValue: $0) }) { return found }
        add(.outOfRange, key, "is not on the list", Value.allCases.map(\.rawValue).joined(separator: ", "))
        return nil
    }

    mutating func boolean(_ key: String, isRequired: Bool = true) -> Bool? {
        guard let value = value(key, isRequired: isRequired) else { return nil }
        return value.bool ?? wrongType(key, value, "true or false")
    }

    mutating func add(_ reason: RefusalReason, _ field: String, _ message: String, _ accepted: String? = nil) {
        faults.append(Fault(field: field, reason: reason, message: message, accepted: accepted))
    }

    private mutating func value(_ key: String, isRequired: Bool) -> JSONValue? {
        if let value = members.first(where: { $0.key == key })?.value, !value.isNull { return value }
        if isRequired { add(.missingField, key, "is required") }
        return nil
    }

    private mutating func wrongType<Value>(_ key: String, _ value: JSONValue, _ accepted: String) -> Value? {
        add(.wrongType, key, "\(value.kind.rawValue) is of the wrong type", accepted)
        return nil
    }
}
