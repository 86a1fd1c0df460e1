import Safeguarding
import Yams

/// A YAML value as text: nothing in a template is resolved to a number, date or boolean by YAML's own rules.
indirect enum TemplateNode {
    /// `isPlain`: written without quotes.
    case scalar(String, isPlain: Bool, line: Int)
    case list([TemplateNode], line: Int)
    case mapping([(key: String, value: TemplateNode)], line: Int)

    /// A template of a whole partnership is some 60 kB.
    static let maximumBytes = 1 << 20
    /// Values in a file: bounds what aliases may unfold to.
    static let maximumValues = 50_000
    /// The deepest value of a template lies five levels down.
    static let maximumDepth = 12

    var line: Int {
        switch self {
        case .scalar(_, _, let line), .list(_, let line), .mapping(_, let line): line
        }
    }

    /// Reads one YAML document whose keys are all scalars, none repeated.
    static func parse(_ yaml: String) throws(TemplateRefusal) -> TemplateNode {
        guard yaml.utf8.count <= maximumBytes else {
            throw refusal(.tooLarge, nil, "a template file may have at most \(maximumBytes) bytes")
        }
        let root: Node?
        do {
            root = try compose(yaml: yaml, .basic)
        } catch let error as YamlError {
            throw refusal(.badYAML, error.line, error.problem)
        } catch {
            throw refusal(.badYAML, nil, "the file is not YAML")
        }
        guard let root else { throw refusal(.badYAML, nil, "the file is empty") }
        var values = 0
        return try convert(root, depth: 0, values: &values)
    }

    private static func convert(
        _ node: Node,
        depth: Int,
        values: inout Int
    ) throws(TemplateRefusal) -> TemplateNode {
        values += 1
        let line = node.mark?.line ?? 0
        guard values <= maximumValues, depth <= maximumDepth else {
            throw refusal(.tooLarge, line, "more values or deeper nesting than a template can have")
        }
        switch node {
        case .scalar(let scalar):
            return .scalar(scalar.string, isPlain: scalar.style == .plain, line: line)
        case .sequence(let sequence):
            var elements: [TemplateNode] = []
            for element in sequence { elements.append(try convert(element, depth: depth + 1, values: &values)) }
            return .list(elements, line: line)
        case .mapping(let mapping):
            var members: [(key: String, value: TemplateNode)] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    throw refusal(.badYAML, key.mark?.line, "a key must be a plain name")
                }
                members.append((name.string, try convert(value, depth: depth + 1, values: &values)))
            }
            return .mapping(members, line: line)
        case .alias:
            throw refusal(.badYAML, line, "aliases are not used in templates")
        }
    }

    private static func refusal(_ reason: TemplateFault.Reason, _ line: Int?, _ message: String) -> TemplateRefusal {
        TemplateRefusal(faults: [TemplateFault(path: "", line: line, reason: reason, message: message)])
    }
}

extension YamlError {
    /// What is wrong, without quoting the file.
    fileprivate var problem: String {
        switch self {
        case .reader(let problem, _, _, _): problem
        case .scanner(_, let problem, _, _), .parser(_, let problem, _, _), .composer(_, let problem, _, _): problem
        case .duplicatedKeysInMapping(let keys, _): "repeated key: " + keys.joined(separator: ", ")
        default: "the file cannot be read"
        }
    }

    fileprivate var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }
}

extension TemplateNode {
    /// Every scalar with its path; members of a list are named by their `code`, `name` or `prompt` where they have one.
    var outline: [TemplateLine] {
        var lines: [TemplateLine] = []
        collect(path: "", into: &lines)
        return lines
    }

    private func collect(path: String, into lines: inout [TemplateLine]) {
        switch self {
        case .scalar(let text, let isPlain, _):
            lines.append(TemplateLine(path: path, value: isPlain ? TemplateNode.canonicalNumber(text) : text))
        case .list(let elements, _):
            if elements.allSatisfy(\.isScalar) {
                lines.append(TemplateLine(path: path, value: elements.map(\.scalarText).joined(separator: ", ")))
                return
            }
            for (index, element) in elements.enumerated() {
                element.collect(path: path + "." + (element.identity ?? String(index + 1)), into: &lines)
            }
        case .mapping(let members, _):
            for (key, value) in members {
                value.collect(path: path.isEmpty ? key : path + "." + key, into: &lines)
            }
        }
    }

    private var isScalar: Bool { if case .scalar = self { true } else { false } }

    private var scalarText: String {
        guard case .scalar(let text, let isPlain, _) = self else { return "" }
        return isPlain ? TemplateNode.canonicalNumber(text) : text
    }

    private var identity: String? {
        guard case .mapping(let members, _) = self else { return nil }
        for key in ["code", "prompt", "name"] {
            if case .scalar(let text, _, _)? = members.first(where: { $0.key == key })?.value { return text }
        }
        return nil
    }

    /// `1.50` and `1.5` are the same value.
    private static func canonicalNumber(_ text: String) -> String {
        text.utf8.contains(UInt8(ascii: ".")) ? Hundredths(text)?.shortest ?? text : text
    }
}
