import Foundation
import Safeguarding
import TestSupport
import Testing

@Suite struct `JSON writing` {
    @Test func `members keep their order and nothing is padded`() {
        let json = JSON.object([
            ("b", .integer(-1)), ("a", .array([.null, .bool(true), .decimal("1.50"), .string("x")])),
            ("c", .object([])),
        ])
        #expect(json.text == #"{"b":-1,"a":[null,true,1.50,"x"],"c":{}}"#)
    }

    @Test func `text never leaves its line nor carries a control character`() {
        var everything = String(String.UnicodeScalarView((0...0x2FF).compactMap { Unicode.Scalar($0) }))
        everything += "\u{2028}\u{2029}\u{FEFF}\u{1F600}\u{10FFFF}\"\\/"
        let text = JSON.string(everything).text
        for scalar in text.unicodeScalars {
            #expect(scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value))
            #expect(scalar.value != 0x2028 && scalar.value != 0x2029)
        }
        #expect(
            text.contains(#"\n"#) && text.contains(#"\u0000"#) && text.contains(#"\u2028"#) && text.contains(#"\u009f"#)
        )
    }

    @Test(arguments: UInt64(1)...10)
    func `what is written is read back, by us and by Foundation`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<30 {
            let scalars = (0..<40).compactMap { _ in Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &generator))
            }
            let string = String(String.UnicodeScalarView(scalars))
            let text = JSON.array([.string(string)]).text
            let own = try JSONReader.read(bytes: Array(text.utf8))
            #expect(
                own.array?.first?.string?.unicodeScalars.elementsEqual(string.unicodeScalars) == true,
                "seed \(seed)"
            )
            let other = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String])
            #expect(other.first?.unicodeScalars.elementsEqual(string.unicodeScalars) == true, "seed \(seed)")
        }
    }
}
