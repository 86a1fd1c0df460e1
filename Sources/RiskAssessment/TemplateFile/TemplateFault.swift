/// One thing wrong with a template file, for the person who edits it.
package struct TemplateFault: Sendable, Hashable {
    /// The closed list of faults.
    package enum Reason: String, Sendable, CaseIterable {
        case badYAML = "bad-yaml"
        case tooLarge = "too-large"
        case unknownKey = "unknown-key"
        case missing
        case wrongType = "wrong-type"
        case badNumber = "bad-number"
        case badCode = "bad-code"
        case outOfRange = "out-of-range"
        /// A name that is not in the closed list or catalogue it must come from.
        case unknownName = "unknown-name"
        case repeated
        /// Steps that do not rise, or factors that do not fall.
        case wrongOrder = "wrong-order"
        /// Two values that contradict one another.
        case inconsistent
    }

    /// Where, such as `signs[3].severity`; empty for the file as a whole.
    package var path: String
    /// Line of the file, from 1; nil where the value is missing.
    package var line: Int?
    package var reason: Reason
    package var message: String

    package init(path: String, line: Int?, reason: Reason, message: String) {
        self.path = path
        self.line = line
        self.reason = reason
        self.message = message
    }
}

extension TemplateFault: CustomStringConvertible {
    /// One line: `line 12, signs[3].severity: out-of-range: must be 0 to 5`.
    package var description: String {
        let place = [line.map { "line \($0)" }, path.isEmpty ? nil : path].compactMap(\.self).joined(separator: ", ")
        return (place.isEmpty ? "" : place + ": ") + "\(reason.rawValue): \(message)"
    }
}

/// A template file that cannot be used, with every fault found.
package struct TemplateRefusal: Error, Sendable, Hashable {
    package var faults: [TemplateFault]

    package init(faults: [TemplateFault]) {
        self.faults = faults
    }
}

extension TemplateRefusal: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        faults.count == 1 ? "the template has 1 fault" : "the template has \(faults.count) faults"
    }
    package var debugDescription: String { faults.map(\.description).joined(separator: "\n") }
}
