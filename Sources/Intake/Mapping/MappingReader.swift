import Safeguarding

/// Reads the keys of a mapping file and collects what is wrong with them.
package struct MappingReader {
    /// Reads a mapping file, or every fault it has. Unknown keys are refused with the nearest known one.
    package static func read(yaml: String) throws(InvalidMapping) -> Mapping {
        let document: YAMLDocument
        do { document = try YAMLDocument.read(yaml) } catch { throw InvalidMapping(faults: [error]) }
        var reader = MappingReader()
        let mapping = reader.mapping(document)
        guard reader.faults.isEmpty, let mapping else { throw InvalidMapping(faults: reader.faults) }
        return mapping
    }

    private var faults: [MappingFault] = []

    private typealias Entries = [String: YAMLDocument]

    private mutating func mapping(_ document: YAMLDocument) -> Mapping? {
        let known = [
            "mapping", "about", "template", "encoding", "delimiter", "time", "reference", "revision", "fields",
        ]
        guard let entries = entries(document, known: known, required: ["mapping", "template", "reference", "fields"])
        else {
            return nil
        }
        let name = text(entries["mapping"])
        let template = text(entries["template"])
        let encoding = encoding(entries["encoding"])
        let delimiter = delimiter(entries["delimiter"])
        let time = time(entries["time"])
        let reference = reference(entries["reference"])
        let revision = text(entries["revision"])
        let fields = fields(entries["fields"])
        _ = text(entries["about"])
        guard faults.isEmpty, let name, let template, let reference else { return nil }
        return Mapping(
            name: name,
            template: template,
            encoding: encoding,
            delimiter: delimiter,
            reference: reference,
            revision: revision,
            time: time,
            fields: fields
        )
    }

    // MARK: The file

    private mutating func encoding(_ node: YAMLDocument?) -> Mapping.Encoding {
        guard let node, let text = text(node) else { return .utf8 }
        if let encoding = Mapping.Encoding(rawValue: text.lowercased()) { return encoding }
        let accepted = Mapping.Encoding.allCases.map(\.rawValue).joined(separator: ", ")
        faults.append(node.fault(.badValue, "is no known encoding", accepted: accepted))
        return .utf8
    }

    private mutating func delimiter(_ node: YAMLDocument?) -> UInt8 {
        guard let node, let text = text(node) else { return UInt8(ascii: ",") }
        switch text {
        case ",", ";", "|", "\t": return Array(text.utf8)[0]
        case "tab": return UInt8(ascii: "\t")
        default:
            faults.append(node.fault(.badValue, "is no delimiter", accepted: "\",\" \";\" \"|\" tab"))
            return UInt8(ascii: ",")
        }
    }

    private mutating func time(_ node: YAMLDocument?) -> TimeFormat {
        guard let node, let entries = entries(node, known: ["format", "zone"], required: ["format"]) else {
            return .rfc3339
        }
        var zone = TimeFormat.Zone.london
        if let node = entries["zone"], let text = text(node) {
            if let known = TimeFormat.Zone(text) {
                zone = known
            } else {
                faults.append(node.fault(.badValue, "is no zone", accepted: "Europe/London, UTC, +01:00"))
            }
        }
        guard let format = entries["format"], let pattern = text(format) else { return .rfc3339 }
        if let time = TimeFormat(pattern: pattern, zone: zone) { return time }
        faults.append(
            format.fault(
                .badValue,
                "is no format",
                accepted: "rfc3339, or yyyy MM M MMM dd d HH H mm ss, as in dd/MM/yyyy HH:mm"
            )
        )
        return .rfc3339
    }

    private mutating func reference(_ node: YAMLDocument?) -> Mapping.Reference? {
        guard let node else { return nil }
        if let column = node.text { return Mapping.Reference(column: column, prefix: "", otherwiseRowDigest: false) }
        guard let entries = entries(node, known: ["column", "prefix", "otherwise"], required: []) else { return nil }
        let otherwise = text(entries["otherwise"])
        if let otherwise, otherwise != "row-digest", let node = entries["otherwise"] {
            faults.append(node.fault(.badValue, "is no rule", accepted: "row-digest"))
        }
        let column = text(entries["column"])
        if column == nil, otherwise == nil {
            faults.append(
                node.fault(.missingKey, "needs a column or a rule", accepted: "column, otherwise: row-digest")
            )
        }
        return Mapping.Reference(
            column: column,
            prefix: text(entries["prefix"]) ?? "",
            otherwiseRowDigest: otherwise == "row-digest"
        )
    }

    // MARK: Fields

    private mutating func fields(_ node: YAMLDocument?) -> [Mapping.Field] {
        guard let node else { return [] }
        let known = MappingTarget.allCases.map(\.rawValue)
        guard let entries = orderedEntries(node, known: known) else { return [] }
        return entries.compactMap { key, value in
            guard let target = MappingTarget(rawValue: key) else { return nil }
            return Mapping.Field(target: target, sources: sources(value, for: target))
        }
    }

    private mutating func sources(_ node: YAMLDocument, for target: MappingTarget) -> [Mapping.Source] {
        guard let elements = node.elements else { return source(node, for: target).map { [$0] } ?? [] }
        guard target == .signs, !elements.isEmpty else {
            faults.append(node.fault(.wrongType, "takes one source", accepted: "a column, or a mapping"))
            return []
        }
        var sources: [Mapping.Source] = []
        for element in elements {
            if let source = source(element, for: target) { sources.append(source) }
        }
        return sources
    }

    private mutating func source(_ node: YAMLDocument, for target: MappingTarget) -> Mapping.Source? {
        if node.text != nil { return text(node).map { Mapping.Source(columns: [$0]) } }
        let known = ["column", "columns", "constant", "values", "otherwise", "split", "separator", "labels"]
        guard let entries = entries(node, known: known, required: []) else { return nil }
        var source = Mapping.Source()
        source.columns = text(entries["column"]).map { [$0] } ?? []
        if let list = entries["columns"] { source.columns += texts(list) }
        source.constant = constant(entries["constant"], for: target)
        let given = ["column", "columns", "constant"].filter { entries[$0] != nil }
        if given.count != 1 {
            faults.append(node.fault(.badValue, "takes exactly one of column, columns and constant"))
        }
        source.values = values(entries["values"], for: target)
        if let other = entries["otherwise"] { source.otherwise = codes(other, for: target) }
        source.split = text(entries["split"])
        source.separator = text(entries["separator"])
        source.labels = flag(entries["labels"])
        return source
    }

    private mutating func constant(_ node: YAMLDocument?, for target: MappingTarget) -> String? {
        guard let node else { return nil }
        let codes = codes(node, for: target)
        if codes.count > 1 { faults.append(node.fault(.wrongType, "is one value")) }
        return codes.first
    }

    private mutating func values(_ node: YAMLDocument?, for target: MappingTarget) -> [String: [String]]? {
        guard let node else { return nil }
        guard let entries = orderedEntries(node, known: nil) else { return nil }
        var values: [String: [String]] = [:]
        for (cell, value) in entries {
            guard values.updateValue(codes(value, for: target), forKey: cell.lowercased()) == nil else {
                faults.append(value.fault(.badValue, "is given twice: cells are compared without regard to case"))
                continue
            }
        }
        return values
    }

    /// One value or a list of them, checked against the codes of the field; empty text is no value.
    private mutating func codes(_ node: YAMLDocument, for target: MappingTarget) -> [String] {
        guard let text = node.text else { return texts(node).filter { check($0, node, target) } }
        return text.isEmpty || !check(text, node, target) ? [] : [text]
    }

    private mutating func check(_ value: String, _ node: YAMLDocument, _ target: MappingTarget) -> Bool {
        guard let codes = target.codes, !codes.contains(value) else { return true }
        let near = NearestName.of(value, among: codes).map { "\($0)?" }
        faults.append(
            node.fault(.badValue, "is no value of \(target.rawValue)", accepted: near ?? codes.joined(separator: ", "))
        )
        return false
    }

    // MARK: Nodes

    private mutating func entries(_ node: YAMLDocument, known: [String], required: [String]) -> Entries? {
        guard let list = orderedEntries(node, known: known) else { return nil }
        let entries = Entries(list.map { ($0.key, $0.value) }) { first, _ in first }
        for key in required where entries[key] == nil {
            faults.append(node.fault(.missingKey, "lacks \(key)", accepted: known.joined(separator: ", ")))
        }
        return entries
    }

    private mutating func orderedEntries(_ node: YAMLDocument, known: [String]?) -> [(
        key: String, value: YAMLDocument
    )]? {
        guard let entries = node.entries else {
            faults.append(node.fault(.wrongType, "is no mapping", accepted: known?.joined(separator: ", ")))
            return nil
        }
        guard let known else { return entries }
        return entries.filter { entry in
            if known.contains(entry.key) { return true }
            let near = NearestName.of(entry.key, among: known).map { "\($0)?" }
            faults.append(
                entry.value.fault(.unknownKey, "is not known", accepted: near ?? known.joined(separator: ", "))
            )
            return false
        }
    }

    private mutating func text(_ node: YAMLDocument?) -> String? {
        guard let node else { return nil }
        guard let text = node.text, !text.isEmpty else {
            faults.append(node.fault(.wrongType, "is no text"))
            return nil
        }
        return text
    }

    private mutating func texts(_ node: YAMLDocument) -> [String] {
        guard let elements = node.elements else {
            faults.append(node.fault(.wrongType, "is no list"))
            return []
        }
        var texts: [String] = []
        for element in elements { if let text = text(element) { texts.append(text) } }
        return texts
    }

    private mutating func flag(_ node: YAMLDocument?) -> Bool {
        guard let node, let text = text(node) else { return false }
        if text != "true", text != "false" { faults.append(node.fault(.wrongType, "is neither true nor false")) }
        return text == "true"
    }
}
