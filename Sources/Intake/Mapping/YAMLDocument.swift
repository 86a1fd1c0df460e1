import Safeguarding
import Yams

/// A node of a YAML file with its path, read with named faults; everything is text until somebody reads it as more.
///
/// Narrower than YAML on purpose: one document, no anchors, aliases or tags, since their expansion is how a small file
/// becomes a big one, and `Yes` is a word and no boolean.
struct YAMLDocument {
    /// Bytes of a file: the widest mapping written has a tenth of that.
    static let bytes = 256 * 1_024
    /// Levels; a mapping needs five.
    static let depth = 16

    let path: String
    let line: Int
    private let node: Node

    private init(node: Node, path: String) {
        self.node = node
        self.path = path
        line = node.mark?.line ?? 0
    }

    /// Reads a file's text.
    static func read(_ text: String) throws(MappingFault) -> YAMLDocument {
        guard text.utf8.count <= bytes else {
            throw MappingFault(
                code: .tooLarge,
                line: 0,
                path: "",
                message: "is too large",
                accepted: "at most \(bytes) bytes"
            )
        }
        try refuseAnchors(text)
        try refuseDepth(text)
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch {
            throw MappingFault(code: .notYAML, line: line(of: error), path: "", message: "is no YAML")
        }
        guard let root else {
            throw MappingFault(code: .notYAML, line: 0, path: "", message: "is empty")
        }
        return YAMLDocument(node: root, path: "")
    }

    // MARK: Reading

    var text: String? {
        guard case .scalar(let scalar) = node else { return nil }
        return scalar.string
    }

    var elements: [YAMLDocument]? {
        guard case .sequence(let sequence) = node else { return nil }
        return sequence.enumerated().map { YAMLDocument(node: $1, path: path + "[\($0)]") }
    }

    /// Keys and values in the file's order; nil where this is no mapping or a key is no text.
    var entries: [(key: String, value: YAMLDocument)]? {
        guard case .mapping(let mapping) = node else { return nil }
        var entries: [(key: String, value: YAMLDocument)] = []
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else { return nil }
            let path = path.isEmpty ? scalar.string : path + "." + scalar.string
            entries.append((scalar.string, YAMLDocument(node: value, path: path)))
        }
        return entries
    }

    func fault(_ code: MappingFault.Code, _ message: String, accepted: String? = nil) -> MappingFault {
        MappingFault(code: code, line: line, path: path, message: message, accepted: accepted)
    }

    // MARK: What is refused before parsing

    /// An `&` or `*` that begins a word is an anchor or alias, or looks so much like one that it should be quoted otherwise.
    private static func refuseAnchors(_ text: String) throws(MappingFault) {
        var line = 1
        var previous = UInt8(ascii: "\n")
        var isMark = false
        for byte in text.utf8 {
            if isMark, byte > 0x20, byte != UInt8(ascii: ",") {
                throw MappingFault(
                    code: .aliasesNotAccepted,
                    line: line,
                    path: "",
                    message: "has an anchor or alias",
                    accepted: "a space behind & and *"
                )
            }
            isMark =
                (byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*"))
                && (previous <= 0x20 || "[{,:-?".utf8.contains(previous))
            if byte == UInt8(ascii: "\n") { line += 1 }
            previous = byte
        }
    }

    /// Bounds the depth by what can open a level: brackets, indentation and `- ` or `? ` at the beginning of a line.
    private static func refuseDepth(_ text: String) throws(MappingFault) {
        var brackets = 0
        for (index, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            var opened = 0
            var isLead = true
            for byte in line {
                switch byte {
                case UInt8(ascii: "["), UInt8(ascii: "{"): brackets += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"): brackets = max(0, brackets - 1)
                case UInt8(ascii: "-") where isLead, UInt8(ascii: "?") where isLead: opened += 1
                default: break
                }
                if ![0x20, 0x09, UInt8(ascii: "-"), UInt8(ascii: "?")].contains(byte) { isLead = false }
            }
            let indentation = line.prefix { $0 == 0x20 }.count
            guard brackets <= depth, opened <= depth, indentation <= 8 * depth else {
                throw MappingFault(
                    code: .tooDeep,
                    line: index + 1,
                    path: "",
                    message: "is nested too deep",
                    accepted: "\(depth) levels"
                )
            }
        }
    }

    private static func line(of error: any Error) -> Int {
        switch error as? YamlError {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: 0
        }
    }
}
