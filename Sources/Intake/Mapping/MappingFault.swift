/// One fault of a mapping file, for the person who writes it.
package struct MappingFault: Error, Sendable, Hashable {
    /// The closed list; the names are stable.
    package enum Code: String, Sendable, CaseIterable {
        case notYAML = "not-yaml"
        case tooLarge = "too-large"
        case tooDeep = "too-deep"
        case aliasesNotAccepted = "aliases-not-accepted"
        case unknownKey = "unknown-key"
        case missingKey = "missing-key"
        case wrongType = "wrong-type"
        case badValue = "bad-value"
    }

    package var code: Code
    /// Line of the file, from 1; 0 for the whole.
    package var line: Int
    /// Where in the document, such as `fields.signs`.
    package var path: String
    package var message: String
    package var accepted: String?
}

extension MappingFault: CustomStringConvertible {
    package var description: String {
        let place = line > 0 ? "line \(line): " : ""
        return place + (path.isEmpty ? "" : path + " ") + message + (accepted.map { " (\($0))" } ?? "")
    }
}

/// A mapping file that was refused, with every fault found.
package struct InvalidMapping: Error, Sendable, Hashable, CustomStringConvertible {
    package var faults: [MappingFault]

    package var description: String { faults.map(\.description).joined(separator: "\n") }
}
