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

    /// The text is YAML, but not of keys and values.
    struct NoMapping: Error, CustomStringConvertible {
        let description = "holds no keys with values"
    }

    /// Lists the names of all values in the file.
    ///
    /// A heading with nothing under it, as when all lines below are commented out, is no value.
    /// - Throws: ``NoMapping``, or Yams' error for text that is not YAML or has a key twice.
    static func list(in text: String) throws -> [Found] {
        guard let root = try Yams.compose(yaml: text), root.null == nil else { return [] }
        if root.mapping == nil { throw NoMapping() }
        var found: [Found] = []
        collect(root, prefix: "", into: &found)
        return found
    }

    private static func collect(_ node: Node, prefix: String, into found: inout [Found]) {
        guard let mapping = node.mapping else { return }
        for (key, value) in mapping {
            let name = prefix + (key.string ?? "?")
            if value.mapping != nil {
                collect(value, prefix: name + ".", into: &found)
            } else if !isEmptyHeading(value, name: name) {
                found.append(Found(name: name, line: key.mark?.line ?? 0))
            }
        }
    }

    private static func isEmptyHeading(_ value: Node, name: String) -> Bool {
        value.null != nil && SettingKey.all.contains { $0.name.hasPrefix(name + ".") }
    }
}
