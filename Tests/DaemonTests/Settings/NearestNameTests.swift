import Testing

@testable import placeguard

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("", "", 0), ("abc", "", 3), ("", "abc", 3), ("listen", "lisen", 1), ("listen", "LISTEN", 0),
        ("kitten", "sitting", 3), ("flaw", "lawn", 2),
    ])
    func `counts edits`(a: String, b: String, edits: Int) {
        #expect(NearestName.edits(a, b) == edits)
        #expect(NearestName.edits(b, a) == edits)
    }

    @Test func `takes the first of equally near ones, and none of none`() {
        #expect(NearestName.to("ac", among: ["ab", "ad"]) == "ab")
        #expect(NearestName.to("x", among: []) == nil)
    }
}
