import Testing

@testable import Intake

@Suite("Mapping files")
struct MappingReaderTests {
    static let sound = """
        mapping: test
        template: safeguarding
        reference: No
        fields:
          observed: When
          signs: {column: What, values: {debt: shop-tick-debt}}
          knowledge: {constant: seen}
        """

    private static func faults(_ yaml: String) -> [String] {
        do {
            _ = try MappingReader.read(yaml: yaml)
            return []
        } catch {
            return error.faults.map {
                "\($0.line) \($0.path) \($0.code.rawValue)" + ($0.accepted.map { " (\($0))" } ?? "")
            }
        }
    }

    @Test func `give a mapping with its defaults`() throws {
        let mapping = try MappingReader.read(yaml: Self.sound)
        #expect(mapping.name == "test" && mapping.template == "safeguarding")
        #expect(mapping.encoding == .utf8 && mapping.delimiter == UInt8(ascii: ",") && mapping.revision == nil)
        #expect(mapping.reference == Mapping.Reference(column: "No", prefix: "", otherwiseRowDigest: false))
        #expect(mapping.time == .rfc3339)
        #expect(mapping.fields.map(\.target) == [.observed, .signs, .knowledge])
        #expect(mapping.fields[1].sources == [Mapping.Source(columns: ["What"], values: ["debt": ["shop-tick-debt"]])])
        #expect(mapping.signs == ["shop-tick-debt"])
    }

    @Test func `take words for words: Yes is no boolean and 0800 no number`() throws {
        let mapping = try MappingReader.read(
            yaml: Self.sound
                + "\n  happeningNow: {column: Live, values: {Yes: true, No: false, 0800: true}}\n  narrative: 12"
        )
        #expect(mapping.fields[3].sources[0].values == ["yes": ["true"], "no": ["false"], "0800": ["true"]])
        #expect(mapping.fields[4].sources[0].columns == ["12"])
    }

    @Test func `take several sources for signs, lists of codes and empty values`() throws {
        let yaml = Self.sound.replacing(
            "{column: What, values: {debt: shop-tick-debt}}",
            with:
                "[{column: A, values: {x: [one, two], none: ''}}, {column: B, split: ';', values: {y: three}, otherwise: four}]"
        )
        let mapping = try MappingReader.read(yaml: yaml)
        #expect(mapping.signs == ["one", "two", "three", "four"])
        #expect(mapping.fields[1].sources[0].values?["none"] == [])
    }

    @Test(arguments: [
        ("temlate: x", "temlate unknown-key (template?)"), ("delimiter: '#'", "delimiter bad-value"),
        ("encoding: latin-9", "encoding bad-value"),
        ("time: {format: HH, zone: Mars}", "time.zone bad-value"), ("time: {zone: UTC}", "time missing-key"),
        ("revision: [a]", "revision wrong-type"),
    ])
    func `name a fault by line and path`(_ line: String, _ expected: String) {
        let faults = Self.faults(line + "\n" + Self.sound)
        #expect(faults.first?.hasPrefix("1 " + expected.prefix { $0 != "(" }) == true, "\(faults)")
        if expected.contains("(") { #expect(faults.first == "1 " + expected) }
    }

    @Test(arguments: [
        ("  rolle: What", "rolle unknown-key (role?)"),
        ("  role: {constant: harms}", "role.constant bad-value (harm?)"),
        ("  role: {column: A, constant: harm}", "role bad-value"), ("  role: {values: {a: harm}}", "role bad-value"),
        ("  role: [A, B]", "role wrong-type (a column, or a mapping)"),
        ("  role: {column: A, valus: {}}", "role.valus unknown-key (values?)"),
        ("  role: {column: A, values: {a: harm, A: supply}}", "role.values.A bad-value"),
        ("  role: ''", "role wrong-type"),
        ("  happeningNow: {column: A, values: {y: yes}}", "happeningNow.values.y bad-value (true, false)"),
        ("  narrative: {columns: [A], labels: maybe}", "narrative.labels wrong-type"),
    ])
    func `name a fault of a field`(_ line: String, _ expected: String) {
        let faults = Self.faults(Self.sound + "\n" + line)
        #expect(faults.count == 1)
        #expect(faults.first?.contains("fields." + expected) == true, "\(faults)")
    }

    @Test func `name every fault at once`() {
        #expect(Self.faults("mapping: a\ntemplat: b\nfields: {nope: x, role: {constant: y}}").count == 5)
    }

    @Test(arguments: [
        ("", "not-yaml"), ("a: [", "not-yaml"), ("a: b\na: c", "not-yaml"), ("--- a\n--- b", "not-yaml"),
        ("a\u{0}b", "not-yaml"), ("just words", "wrong-type"),
        ("[1, 2]", "wrong-type"), ("a: &x b\nc: *x", "aliases-not-accepted"), ("a: [&x b]", "aliases-not-accepted"),
        ("? *x : b", "aliases-not-accepted"),
        (String(repeating: "[", count: 5_000), "too-deep"), (String(repeating: "- ", count: 5_000), "too-deep"),
        (String(repeating: "{a: ", count: 5_000), "too-deep"),
        (String(repeating: " ", count: 5_000) + "a: b", "too-deep"),
        (String(repeating: "#", count: YAMLDocument.bytes + 1), "too-large"),
    ])
    func `refuse what is no mapping, before anything can grow`(_ yaml: String, _ code: String) {
        #expect(Self.faults(yaml).first?.contains(" " + code) == true, "\(Self.faults(yaml))")
    }

    @Test func `take an ampersand that stands among words`() throws {
        let mapping = try MappingReader.read(yaml: Self.sound + "\n  narrative: Bed & breakfast R&B *")
        #expect(mapping.fields.last?.sources.first?.columns == ["Bed & breakfast R&B *"])
    }
}
