import Safeguarding
import Testing

/// The strict reader that every body from outside passes through.
@Suite struct `JSON reading` {
    private func read(_ text: String, _ limits: JSONReader.Limits = .standard) throws -> JSONValue {
        try JSONReader.read(bytes: Array(text.utf8), limits: limits)
    }

    private func error(_ bytes: [UInt8], _ limits: JSONReader.Limits = .standard) -> JSONReadError? {
        do {
            _ = try JSONReader.read(bytes: bytes, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    private func error(_ text: String, _ limits: JSONReader.Limits = .standard) -> JSONReadError? {
        error(Array(text.utf8), limits)
    }

    @Test func `reads every kind of value with its order and its number's text`() throws {
        let value = try read(#" { "b" : [ 1 , -0.50e+3 , true , false , null ] , "a" : "x" , "c" : { } , "d" : [ ] } "#)
        #expect(
            value
                == .object([
                    JSONMember(
                        key: "b",
                        value: .array([.number("1"), .number("-0.50e+3"), .bool(true), .bool(false), .null])
                    ),
                    JSONMember(key: "a", value: .string("x")), JSONMember(key: "c", value: .object([])),
                    JSONMember(key: "d", value: .array([])),
                ])
        )
        #expect(value["a"]?.string == "x")
        #expect(value["b"]?.array?.count == 5)
        #expect(value["z"] == nil)
        #expect(value.json.text == #"{"b":[1,-0.50e+3,true,false,null],"a":"x","c":{},"d":[]}"#)
    }

    @Test(arguments: ["0", "-0", "10", "1.0", "1e9", "1E-9", "-12.5e+10", "0.1", "9223372036854775807"])
    func `takes the numbers of the grammar`(text: String) throws {
        #expect(try read(text) == .number(text))
    }

    @Test(arguments: [
        "-", "01", "-01", "1.", ".5", "1.e3", "1e", "1e+", "+1", "0x1", "1_000", "NaN", "Infinity", "-Infinity", "--1",
    ])
    func `refuses every other number`(text: String) {
        let code = error(text)?.code
        #expect(code == .badNumber || code == .unexpectedCharacter || code == .trailingContent)
    }

    @Test func `numbers past range stay text until somebody asks`() throws {
        #expect(try read("9223372036854775808").integer == nil)
        #expect(try read("-9223372036854775808").integer == .min)
        #expect(try read("1.0").integer == nil)
        #expect(try read("1e400").double == nil)
        #expect(try read("-0.411526").double == -0.411526)
        #expect(try read(String(repeating: "9", count: 64)).integer == nil)
        #expect(error(String(repeating: "9", count: 65))?.code == .numberTooLong)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "A\u{E9}\u{20AC}"),
        (#""\ud83d\ude00""#, "\u{1F600}"), (#""\u0000""#, "\u{0}"),
        ("\"\u{7F}\u{2028}\u{10FFFF}\"", "\u{7F}\u{2028}\u{10FFFF}"),
        (#""a\nb""#, "a\nb"), (#""\uFFFF""#, "\u{FFFF}"), ("\"e\u{301}\"", "e\u{301}"),
    ])
    func `reads strings to the scalar`(text: String, expected: String) throws {
        let string = try #require(try read(text).string)
        #expect(string.unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    @Test(arguments: [
        #""\ud83d""#, #""\ude00""#, #""\ud83dx""#, #""\ud83d\u0041""#, #""\ud83d\ud83d""#, #""x\udc00y""#,
        #""\ud800\n""#,
    ])
    func `half a surrogate pair is bad-unicode`(text: String) {
        #expect(error(text)?.code == .badUnicode)
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0x80], [0xE2, 0x82],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
        ] as [[UInt8]]
    )
    func `bytes that are not UTF-8 are bad-unicode in values and keys`(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(error([quote] + bytes + [quote])?.code == .badUnicode)
        #expect(error([quote] + Array("\\n".utf8) + bytes + [quote])?.code == .badUnicode)
        #expect(error(Array("{\"".utf8) + bytes + Array("\":1}".utf8))?.code == .badUnicode)
    }

    @Test func `every control character must be escaped`() {
        for byte in UInt8(0)..<0x20 {
            #expect(error([0x22, byte, 0x22])?.code == .controlCharacter, "\(byte)")
            #expect(error([0x22, 0x5C, 0x6E, byte, 0x22])?.code == .controlCharacter, "\(byte)")
        }
        #expect(error(#""\x""#)?.code == .badEscape)
        #expect(error(#""\u12g4""#)?.code == .badEscape)
        #expect(error(#""\U0041""#)?.code == .badEscape)
    }

    @Test(
        arguments: [
            ("", JSONReadError.Code.empty, 0), (" \n", .empty, 2), ("{", .unexpectedEnd, 1), ("[1,", .unexpectedEnd, 3),
            ("\"abc", .unexpectedEnd, 4), ("\"\\", .unexpectedEnd, 1), ("\"\\u00", .unexpectedEnd, 3),
            ("tru", .unexpectedEnd, 3),
            ("truE", .unexpectedCharacter, 3), ("{1:2}", .unexpectedCharacter, 1),
            ("{\"a\" 1}", .unexpectedCharacter, 5),
            ("{\"a\":1,}", .unexpectedCharacter, 7), ("[1,]", .unexpectedCharacter, 3),
            ("[1 2]", .unexpectedCharacter, 3),
            ("{'a':1}", .unexpectedCharacter, 1), ("/* */ 1", .unexpectedCharacter, 0), ("1 1", .trailingContent, 2),
            ("{}}", .trailingContent, 2), ("[}", .unexpectedCharacter, 1), ("nul", .unexpectedEnd, 3),
            ("\u{FEFF}1", .unexpectedCharacter, 0),
        ] as [(String, JSONReadError.Code, Int)]
    )
    func `names what is wrong and where`(text: String, code: JSONReadError.Code, offset: Int) {
        let found = error(text)
        #expect(found?.code == code)
        #expect(found?.offset == offset)
    }

    @Test func `every prefix of a document is refused, none crashes`() throws {
        let text = Array(#"{"a":[1,{"b":"\ud83d\ude00x\n"},-1.5e3,true],"c":null}"#.utf8)
        for length in 0..<text.count { #expect(error(Array(text[..<length])) != nil, "\(length)") }
        #expect(error(text) == nil)
    }

    @Test func `a byte changed anywhere never crashes`() {
        let text = Array(#"{"a":[1,{"b":"\ud83d\ude00x\n"},-1.5e3,true],"c":null}"#.utf8)
        for index in text.indices {
            for byte in UInt8.min...UInt8.max {
                var other = text
                other[index] = byte
                _ = error(other)
            }
        }
    }

    @Test func `repeated keys are refused with their path, or collected all at once`() throws {
        let text = #"{"a":1,"b":{"c":1,"c":2},"d":[{"e":1},{"e":1,"e":2}],"a":{"f":1,"f":1}}"#
        #expect(error(text)?.code == .duplicateField)
        #expect(error(text)?.path == "b.c")
        var repeated: [JSONReadError] = []
        let value = try JSONReader.read(bytes: Array(text.utf8), repeatedKeys: &repeated)
        #expect(repeated.map(\.path) == ["b.c", "d[1].e", "a", "a.f"])
        #expect(value["a"] == .number("1"))
        #expect(error(#"{"\u0061":1,"a":2}"#)?.path == "a")
    }

    @Test func `many keys cost no more than their number`() throws {
        func object(_ count: Int, twice: Int? = nil) -> String {
            let keys = (0..<count).map { "\"k\($0)\":\($0)" } + (twice.map { ["\"k\($0)\":0"] } ?? [])
            return "{" + keys.joined(separator: ",") + "}"
        }
        for count in [11, 12, 13, 14, 20_000] {
            #expect(try read(object(count)).members?.count == count)
            #expect(error(object(count, twice: 0))?.path == "k0")
            #expect(error(object(count, twice: count - 1))?.path == "k\(count - 1)")
        }
    }

    @Test func `depth is limited to the level`() {
        for depth in [31, 32, 33] {
            let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            #expect((error(text)?.code == .tooDeep) == (depth > 32))
            let objects = String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
            #expect((error(objects)?.code == .tooDeep) == (depth > 32))
        }
        #expect(error(String(repeating: "[", count: 1_000_000))?.code == .tooDeep)
        #expect(error("[[1]]", JSONReader.Limits(depth: 1))?.path == "[0]")
    }

    @Test func `values are limited to the one`() {
        for count in [9, 10, 11] {
            let text = "[" + Array(repeating: "0", count: count - 1).joined(separator: ",") + "]"
            #expect((error(text, JSONReader.Limits(values: 10))?.code == .tooManyValues) == (count > 10))
        }
    }

    @Test func `a fault knows its place`() {
        #expect(error(#"{"location":{"point":[1,2,x]}}"#)?.path == "location.point[2]")
        #expect(error(#"{"signs":["a",{"b":tru}]}"#)?.path == "signs[1].b")
        let fault = error(#"{"secret name":tru}"#)
        #expect(fault?.description == "unexpected-character at byte 18")
        #expect(fault?.description.contains("secret") == false)
        #expect(fault?.debugDescription == "unexpected-character at byte 18 in secret name")
    }
}
