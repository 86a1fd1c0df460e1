import Yams

/// The names in a configuration file, with the lines they stand on.
///
/// swift-configuration looks keys up but does not list them, and an unknown key must not pass in silence. JSON is read
/// the same way: it is YAML.
enum ConfigurationKeys {
    /// A dotted name and its line, from 1.
    struct Found: Equatable {
        let name: String
        let line: Int
    }

    /// A file that cannot be read as keys with values; says where and why, and quotes nothing of it: the line may hold a password.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    /// Values in a file: bounds what aliases may unfold to.
    private static let maximumValues = 10_000

    /// Lists the names of all values in the file.
    ///
    /// A heading with nothing under it, as when all lines below are commented out, is no value.
    static func list(in text: String) throws(Unreadable) -> [Found] {
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch { throw Unreadable(description: problem(of: error)) }
        guard let root, root.null == nil else { return [] }
        if root.mapping == nil { throw Unreadable(description: "holds no keys with values") }
        var found: [Found] = []
        var left = maximumValues
        try collect(root, prefix: "", into: &found, &left)
        return found
    }

    private static func collect(
        _ node: Node,
        prefix: String,
        into found: inout [Found],
        _ left: inout Int
    ) throws(Unreadable) {
        guard let mapping = node.mapping else { return }
        for (key, value) in mapping {
            left -= 1
            if left < 0 { throw Unreadable(description: "holds more than \(maximumValues) values") }
            guard let part = key.string, part.allSatisfy(isPartOfName) else {
                throw Unreadable(description: "line \(key.mark?.line ?? 0): a key must be letters and digits")
            }
            let name = prefix + part
            if value.mapping != nil {
                try collect(value, prefix: name + ".", into: &found, &left)
            } else if !isEmptyHeading(value, name: name) {
                found.append(Found(name: name, line: key.mark?.line ?? 0))
            }
        }
    }

    private static func isPartOfName(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber) || "._-".contains(character)
    }

    private static func problem(of error: any Error) -> String {
        switch error as? YamlError {
        case .reader(let problem, _, _, _): problem
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "line \(mark.line): \(problem)"
        case .duplicatedKeysInMapping(_, let context): "line \(context.mark.line): a key that is there twice"
        default: "is no YAML"
        }
    }

    private static func isEmptyHeading(_ value: Node, name: String) -> Bool {
        value.null != nil && SettingKey.all.contains { $0.name.hasPrefix(name + ".") }
    }
}
