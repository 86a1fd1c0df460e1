import Safeguarding
import Testing

@Suite struct `Nearest names` {
    private static let names = ["http.listen", "feed.listen", "database.url", "log.level"]

    @Test(arguments: [
        ("http.listne", "http.listen"), ("feed.Listen", "feed.listen"), ("databse.url", "database.url"),
        ("loglevel", "log.level"),
        ("log.level", "log.level"),
    ])
    func `are found for a slip`(name: String, expected: String) {
        #expect(NearestName.of(name, among: Self.names) == expected)
    }

    @Test(arguments: ["", "x", "completely.different", "state.directory"])
    func `are not made up for something else`(name: String) {
        #expect(NearestName.of(name, among: Self.names) == nil)
    }

    @Test func `are the first of equals and nothing among nothing`() {
        #expect(NearestName.of("ac", among: ["ab", "ad"]) == "ab")
        #expect(NearestName.of("a", among: []) == nil)
    }
}
