import Safeguarding

/// Collects faults while a file is read to its end, so that a person hears of all of them at once.
final class TemplateFaults {
    private(set) var list: [TemplateFault] = []

    func add(_ path: String, _ line: Int?, _ reason: TemplateFault.Reason, _ message: String) {
        // Names in it may be the file's own, and go to a terminal.
        list.append(TemplateFault(path: printable(path), line: line, reason: reason, message: printable(message)))
    }

    private func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isControl ? " " : $0 }))
    }
}

/// A place in a template file.
///
/// Reading what is wrong or missing notes a fault and goes on with a harmless value.
struct TemplateCursor {
    /// Nil where the file has nothing at the path.
    let node: TemplateNode?
    let path: String
    /// Nil under a section that is itself missing, so that one omission is one fault.
    let faults: TemplateFaults?

    var isPresent: Bool {
        if case .scalar(let text, let isPlain, _)? = node, isPlain, ["", "~", "null"].contains(text) { return false }
        return node != nil
    }

    func fault(_ reason: TemplateFault.Reason, _ message: String) {
        faults?.add(path, node?.line, reason, message)
    }

    // MARK: Structure

    /// Notes every key that is not among `keys`, and a value that is no mapping.
    func only(_ keys: String...) {
        guard isPresent else { return fault(.missing, "must be given") }
        guard case .mapping(let members, _)? = node else { return fault(.wrongType, "must have keys and values") }
        for member in members where !keys.contains(member.key) {
            let hint = NearestName.of(member.key, among: keys).map { "; did you mean '\($0)'?" } ?? ""
            faults?.add(join(member.key), member.value.line, .unknownKey, "is not a key here" + hint)
        }
    }

    subscript(key: String) -> TemplateCursor {
        guard case .mapping(let members, _)? = node else {
            return TemplateCursor(node: nil, path: join(key), faults: nil)
        }
        return TemplateCursor(node: members.first { $0.key == key }?.value, path: join(key), faults: faults)
    }

    /// The members of a mapping whose keys come from a closed list, by their meaning; all of it must be there.
    func table<Key: RawRepresentable & Hashable, Value>(
        _ keys: [Key],
        _ read: (TemplateCursor) -> Value
    ) -> [Key: Value] where Key.RawValue: CustomStringConvertible {
        let names = keys.map { $0.rawValue.description }
        if case .mapping(let members, _)? = node {
            for member in members where !names.contains(member.key) {
                let hint = NearestName.of(member.key, among: names).map { "; did you mean '\($0)'?" } ?? ""
                faults?.add(join(member.key), member.value.line, .unknownKey, "is not a key here" + hint)
            }
        } else {
            fault(isPresent ? .wrongType : .missing, "must have the keys \(names.joined(separator: ", "))")
            return [:]
        }
        return Dictionary(uniqueKeysWithValues: zip(keys, names).map { ($0, read(self[$1])) })
    }

    /// The elements of a list; a missing list is a fault, an empty one only where `allowEmpty` is false.
    func elements(allowEmpty: Bool = false) -> [TemplateCursor] {
        guard isPresent else {
            fault(.missing, "must be given")
            return []
        }
        guard case .list(let nodes, _)? = node else {
            fault(.wrongType, "must be a list")
            return []
        }
        if nodes.isEmpty && !allowEmpty { fault(.missing, "must not be empty") }
        return children
    }

    /// The elements of a list without a word where there is none, for checks after reading.
    var children: [TemplateCursor] {
        guard case .list(let nodes, _)? = node else { return [] }
        return nodes.enumerated().map { TemplateCursor(node: $1, path: "\(path)[\($0)]", faults: faults) }
    }

    private func join(_ key: String) -> String { path.isEmpty ? key : path + "." + key }

    // MARK: Values

    private func scalar(_ wanted: String) -> String? {
        guard isPresent else {
            fault(.missing, "must be given: \(wanted)")
            return nil
        }
        guard case .scalar(let text, _, _)? = node else {
            fault(.wrongType, "must be \(wanted)")
            return nil
        }
        return text
    }

    /// A sentence or a name: one line, at most 600 characters.
    func text(allowEmpty: Bool = false) -> String {
        guard let text = scalar("a text") else { return "" }
        if text.isEmpty && !allowEmpty { fault(.missing, "must not be empty") }
        if text.count > 600 { fault(.outOfRange, "may have at most 600 characters") }
        if text.unicodeScalars.contains(where: \.isControl) {
            fault(.badCode, "must be one line without control characters")
        }
        return text
    }

    /// A code in kebab case of at most 64 characters.
    func code() -> String {
        guard let text = scalar("a code") else { return "" }
        let bytes = Array(text.utf8)
        let isKebab =
            (1...64).contains(bytes.count) && bytes.first != UInt8(ascii: "-") && bytes.last != UInt8(ascii: "-")
            && bytes.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
        if !isKebab { fault(.badCode, "must be a code such as 'child-in-danger-now'") }
        return text
    }

    func integer(_ range: ClosedRange<Int>) -> Int {
        guard let text = scalar("a whole number") else { return range.lowerBound }
        guard let value = text.asciiNumber else {
            fault(.badNumber, "must be a whole number")
            return range.lowerBound
        }
        guard range.contains(value) else {
            fault(.outOfRange, "must be \(range.lowerBound) to \(range.upperBound)")
            return range.lowerBound
        }
        return value
    }

    /// A decimal with at most two places, from and to in hundredths.
    func decimal(_ range: ClosedRange<Int>) -> Hundredths {
        let least = Hundredths(range.lowerBound)
        guard let text = scalar("a number") else { return least }
        guard let value = Hundredths(text) else {
            fault(.badNumber, "must be a number with at most two decimal places")
            return least
        }
        guard range.contains(value.value) else {
            fault(.outOfRange, "must be \(least.shortest) to \(Hundredths(range.upperBound).shortest)")
            return least
        }
        return value
    }

    /// `true` or `false`; `false` where it is missing.
    func flag(absent: Bool = false) -> Bool {
        guard isPresent else { return absent }
        switch scalar("true or false") {
        case "true": return true
        case "false": return false
        case nil: return absent
        default:
            fault(.wrongType, "must be true or false")
            return absent
        }
    }

    /// One of a closed list.
    func choice<Value: RawRepresentable & CaseIterable>(
        _: Value.Type
    ) -> Value? where Value.RawValue == String {
        choice(from: Value.allCases.map(\.rawValue)).flatMap(Value.init(rawValue:))
    }

    func choice(from names: some Collection<String>) -> String? {
        guard let text = scalar("a name") else { return nil }
        guard names.contains(text) else {
            let hint = NearestName.of(text, among: names).map { "; did you mean '\($0)'?" } ?? ""
            fault(.unknownName, "is not one of the names known here" + hint)
            return nil
        }
        return text
    }

    func grade() -> Grade? {
        guard let text = scalar("a grade such as 2B") else { return nil }
        guard let grade = Grade(text) else {
            fault(.unknownName, "must be a grade such as 2B")
            return nil
        }
        return grade
    }
}
