import Testing

@testable import Intake

@Suite("XML")
struct XMLReaderTests {
    static func events(_ bytes: [UInt8], of size: Int = 3, limits: XMLReader.Limits = .standard) throws -> [String] {
        var reader = XMLReader(limits: limits)
        var events: [String] = []
        for piece in Chunks(bytes, of: size).pieces {
            try reader.push(piece) { event in
                switch event {
                case .start(let name): events.append("<\(name)>")
                case .text(let text): events.append(text)
                case .end(let name): events.append("</\(name)>")
                }
            }
        }
        try reader.finish()
        return events
    }

    private static func fault(_ text: String, limits: XMLReader.Limits = .standard) -> XMLReader.Fault? {
        do {
            _ = try events(Array(text.utf8), limits: limits)
            return nil
        } catch {
            return error as? XMLReader.Fault
        }
    }

    @Test(arguments: [
        ("<a/>", "<a></a>"), ("<?xml version='1.0' encoding=\"UTF-8\"?>\n<a>x</a>\n", "<a>x</a>"),
        ("\u{FEFF}<a>x</a>", "<a>x</a>"),
        ("<a><b>x</b>\n<b>y</b></a>", "<a><b>x</b>\n<b>y</b></a>"), ("<a x=\"1>2\" y='\"'>t</a>", "<a>t</a>"),
        ("<a >t</a >", "<a>t</a>"),
        ("<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x1F600;</a>", "<a><&>\"'A\u{1F600}</a>"),
        ("<a><![CDATA[<b>&amp;]]]></a>", "<a><b>&amp;]</a>"),
        ("<a><!-- <b> - --><?pi x?>t</a>", "<a>t</a>"), ("<a:b-c.d_1>é</a:b-c.d_1>", "<a:b-c.d_1>é</a:b-c.d_1>"),
        ("<a x = '1' />", "<a></a>"),
    ])
    func `is read, however the bytes arrive`(_ text: String, _ expected: String) throws {
        for size in 1...9 { #expect(try Self.events(Array(text.utf8), of: size).joined() == expected) }
    }

    @Test(arguments: [
        ("", "not-well-formed"), ("x", "not-well-formed"), ("<a>", "not-well-formed"),
        ("<a><b></a></b>", "not-well-formed"), ("<a/><b/>", "not-well-formed"),
        ("<a/>x", "not-well-formed"), ("<a", "not-well-formed"), ("</a>", "not-well-formed"),
        ("<a x=1/>", "not-well-formed"), ("<a x='1' x='2'/>", "not-well-formed"),
        ("<a x='1'y='2'/>", "not-well-formed"), ("<a b/>", "not-well-formed"), ("<1a/>", "not-well-formed"),
        ("<a><</a>", "not-well-formed"), ("<a x='<'/>", "not-well-formed"),
        ("<a>\u{1}</a>", "not-well-formed"), ("<a>&#0;</a>", "not-well-formed"), ("<a>&#x1;</a>", "not-well-formed"),
        ("<a><!-- -- --></a>", "not-well-formed"),
        ("<![CDATA[x]]><a/>", "not-well-formed"), ("<a/><?xml version='1.0'?>", "not-well-formed"),
        ("<>", "not-well-formed"), ("<a>\u{FFFE}</a>", "not-well-formed"),
        ("<!DOCTYPE a><a/>", "doctype-not-accepted"),
        ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", "doctype-not-accepted"),
        ("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", "doctype-not-accepted"),
        ("<a><!ENTITY x 'y'></a>", "doctype-not-accepted"),
        ("<a>&x;</a>", "unknown-entity"), ("<a>&</a>", "unknown-entity"), ("<a>&amp</a>", "unknown-entity"),
        ("<a>&#xD800;</a>", "unknown-entity"),
        ("<a>&#x110000;</a>", "unknown-entity"), ("<a>&#+65;</a>", "unknown-entity"),
        ("<a x='&x;'/>", "unknown-entity"), ("<a>&#99999999999999;</a>", "unknown-entity"),
        ("<?xml version='1.0' encoding='UTF-16'?><a/>", "not-utf-8"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "not-utf-8"),
    ])
    func `is refused by name`(_ text: String, _ fault: String) {
        #expect(Self.fault(text)?.rawValue == fault)
    }

    @Test func `is UTF-8`() {
        #expect(throws: XMLReader.Fault.notUTF8) { try Self.events([0x3C, 0x61, 0x3E, 0xFF, 0x3C, 0x2F, 0x61, 0x3E]) }
        #expect(throws: XMLReader.Fault.notUTF8) { try Self.events([0xEF, 0xBB, 0x3C, 0x61, 0x2F, 0x3E]) }
        #expect((try? Self.events([0xFF, 0xFE, 0x3C, 0x00])) == nil)
    }

    @Test func `has no more than 32 levels`() throws {
        func nested(_ levels: Int) -> String {
            String(repeating: "<a>", count: levels) + String(repeating: "</a>", count: levels)
        }
        #expect(Self.fault(nested(32)) == nil)
        #expect(Self.fault(nested(33)) == .tooDeep)
        #expect(Self.fault(String(repeating: "<a>", count: 100_000)) == .tooDeep)
    }

    @Test func `is bounded in every piece and as a whole`() {
        var limits = XMLReader.Limits()
        limits.token = 10
        limits.document = 40
        #expect(Self.fault("<a>1234567890</a>", limits: limits) == nil)
        #expect(Self.fault("<a>12345678901</a>", limits: limits) == .tokenTooLong)
        #expect(Self.fault("<abcdefghijklmnop/>", limits: limits) == .tokenTooLong)
        #expect(Self.fault("<!-- abcdefghijklmnop --><a/>", limits: limits) == .tokenTooLong)
        #expect(Self.fault("<a>" + String(repeating: "<b/>", count: 20) + "</a>", limits: limits) == .tooLarge)
    }
}
