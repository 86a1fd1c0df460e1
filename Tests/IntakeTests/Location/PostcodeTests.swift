import Foundation
import TestSupport
import Testing

@testable import Intake

@Suite("Postcodes")
struct PostcodeTests {
    @Test(arguments: [
        ("LU1 1AA", "LU1 1AA"), ("lu11aa", "LU1 1AA"), (" sw1a  1aa ", "SW1A 1AA"), ("M1 1AE", "M1 1AE"),
        ("B33 8TH", "B33 8TH"),
        ("CR2 6XH", "CR2 6XH"), ("DN55 1PT", "DN55 1PT"), ("W1A 0AX", "W1A 0AX"), ("EC1A 1BB", "EC1A 1BB"),
        ("GIR 0AA", "GIR 0AA"),
    ])
    func `have one canonical form`(_ sent: String, _ canonical: String) {
        #expect(Postcode(sent)?.text == canonical)
    }

    @Test(arguments: [
        "", "LU1", "LU1 1A", "LU1 1AAA", "LU1 AAA", "1LU 1AA", "QU1 1AA", "LI1 1AA", "LU1 1CA", "LU1-1AA", "LU100 1AA",
        "LUU1 1AA",
        "LU1 1A\u{410}", "ＬＵ1 1AA", "LUA 1AA", "A 1AA",
    ])
    func `are nothing else`(_ sent: String) {
        #expect(Postcode(sent) == nil)
    }

    @Test(.enabled(if: SharedData.has("postcodes"), "reference data is absent"))
    func `include every one of the National Statistics Postcode Lookup`() throws {
        var count = 0
        var strange: [String] = []
        for area in ["AL", "LU", "MK", "SG"] {
            let text = String(decoding: try SharedData.bytes("postcodes/nspl-2025-05-\(area).csv"), as: UTF8.self)
            for line in text.split(whereSeparator: \.isNewline).dropFirst() {
                let postcode = line.prefix { $0 != "," }
                // The lookup writes seven characters: the longest without a space.
                if Postcode(postcode)?.text.filter({ $0 != " " }) != postcode.filter({ $0 != " " }) {
                    strange.append(String(postcode))
                }
                count += 1
            }
        }
        #expect(strange == [])
        #expect(count == 63_319)
    }
}
