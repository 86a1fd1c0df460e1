import Safeguarding

/// The members of one object of a report, read by name; every fault carries the path of its field.
struct FieldReader {
    /// Path of the object with a dot behind it; empty at the top.
    private let prefix: String
    private let members: [JSONMember]

    init(path: String = "", members: [JSONMember]) {
        prefix = path.isEmpty ? "" : path + "."
        self.members = members
    }

    /// The object under `path`, or a fault that it is none.
    init?(path: String, value: JSONValue, accepted: String, faults: inout FaultList) {
        guard case .object(let members) = value else {
            faults.add(.wrongType, at: path, "\(value.kind.rawValue) instead of an object", accepted: accepted)
            return nil
        }
        self.init(path: path, members: members)
    }

    func path(_ key: String) -> String { prefix + key }

    func value(_ key: String) -> JSONValue? {
        for member in members where member.key == key { return member.value }
        return nil
    }

    func has(_ key: String) -> Bool { value(key) != nil }

    // MARK: Kinds

    /// Text in NFC; nil where the key is absent or the value was a fault.
    func text(
        _ key: String,
        longest: Int,
        reason: RefusalReason,
        allowingLines: Bool = false,
        faults: inout FaultList
    ) -> String? {
        guard let value = value(key) else { return nil }
        guard case .string(let sent) = value else {
            wrongType(key, value, "a string", &faults)
            return nil
        }
        guard let text = PlainText.clean(sent, allowingLines: allowingLines) else {
            faults.add(.badUnicode, at: path(key), "holds a control character", accepted: "printable text")
            return nil
        }
        guard !text.isEmpty else {
            faults.add(reason, at: path(key), "is empty", accepted: "text, or leave the field out")
            return nil
        }
        guard text.unicodeScalars.count <= longest else {
            faults.add(.tooLong, at: path(key), "is too long", accepted: "at most \(longest) characters")
            return nil
        }
        return text
    }

    func boolean(_ key: String, faults: inout FaultList) -> Bool? {
        guard let value = value(key) else { return nil }
        guard case .bool(let flag) = value else {
            wrongType(key, value, "true or false", &faults)
            return nil
        }
        return flag
    }

    /// One of a closed list of codes.
    func choice<Code: RawRepresentable & CaseIterable>(
        _ key: String,
        reason: RefusalReason,
        faults: inout FaultList
    ) -> Code? where Code.RawValue == String {
        guard let value = value(key) else { return nil }
        guard case .string(let text) = value else {
            wrongType(key, value, "a string", &faults)
            return nil
        }
        guard let code = Code(rawValue: text) else {
            faults.add(reason, at: path(key), "is none of the known codes", accepted: FieldReader.list(Code.self))
            return nil
        }
        return code
    }

    // MARK: Faults

    func wrongType(_ key: String, _ value: JSONValue, _ accepted: String, _ faults: inout FaultList) {
        let message =
            value.isNull
            ? "null instead of a value: leave the field out" : "\(value.kind.rawValue) instead of \(accepted)"
        faults.add(.wrongType, at: path(key), message, accepted: accepted)
    }

    func missing(_ key: String, accepted: String, _ faults: inout FaultList) {
        faults.add(.missingField, at: path(key), "is required", accepted: accepted)
    }

    /// Refuses every key that is not known: a misspelt `happeningNow` must not vanish.
    func refuseUnknown(among known: [String], faults: inout FaultList) {
        for member in members where !known.contains(member.key) {
            let near = NearestName.of(member.key, among: known).map { "\($0)?" }
            faults.add(
                .unknownField,
                at: path(FieldReader.shown(member.key)),
                "is no field of a report",
                accepted: near ?? known.joined(separator: ", ")
            )
        }
    }

    static func list<Code: RawRepresentable & CaseIterable>(_ type: Code.Type) -> String where Code.RawValue == String {
        Code.allCases.map(\.rawValue).joined(separator: ", ")
    }

    /// A key as it may stand in an answer: its beginning, without anything invisible.
    private static func shown(_ key: String) -> String {
        let visible = key.unicodeScalars.prefix(40).filter { !$0.isControl }
        return String(String.UnicodeScalarView(visible))
    }
}
