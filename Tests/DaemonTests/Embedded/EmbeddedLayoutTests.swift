import Testing

@testable import placeguard

@Suite struct EmbeddedLayoutTests {
    @Test func `takes a socket path of 106 bytes and refuses 107`() throws {
        // "/run/.s.PGSQL.5432" follows the directory.
        let suffix = "/run/.s.PGSQL.5432".utf8.count
        let longest = "/" + String(repeating: "d", count: 106 - suffix - 1)
        #expect(try EmbeddedLayout(stateDirectory: longest).socketPath.utf8.count == 106)
        #expect(throws: ClusterRefusal.socketPathTooLong("\(longest)d/run/.s.PGSQL.5432", 107)) {
            try EmbeddedLayout(stateDirectory: longest + "d")
        }
    }

    @Test(arguments: ["/a,b", "/a'b", "/a\"b", "/a\\b", "/a\nb", "relative", "", "/caf\u{e9}"])
    func `refuses a path that PostgreSQL's settings cannot carry`(path: String) {
        #expect(throws: ClusterRefusal.unusablePath(path)) { try EmbeddedLayout(stateDirectory: path) }
    }

    @Test func `takes a path with spaces`() throws {
        let layout = try EmbeddedLayout(stateDirectory: "/srv/safe guarding")
        #expect(layout.dataDirectory == "/srv/safe guarding/postgres")
    }
}
