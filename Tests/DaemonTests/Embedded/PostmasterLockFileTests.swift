import Testing

@testable import placeguard

@Suite struct PostmasterLockFileTests {
    private static let whole =
        "4321\n/var/lib/placeguard/postgres\n1763790000\n5432\n/var/lib/placeguard/run\n\n  5432001  32768\nready   \n"

    @Test func `reads what a running server wrote`() {
        let expected = PostmasterLockFile(
            pid: 4_321,
            dataDirectory: "/var/lib/placeguard/postgres",
            startTime: 1_763_790_000,
            socketDirectory: "/var/lib/placeguard/run",
            status: .ready
        )
        #expect(PostmasterLockFile(parsing: Array(Self.whole.utf8)) == expected)
    }

    @Test(arguments: ["starting", "stopping", "standby "]) func `reads how far the server is`(word: String) {
        let text = Self.whole.replacing("ready   ", with: word)
        let status = PostmasterLockFile(parsing: Array(text.utf8))?.status
        #expect(status?.rawValue == word.replacing(" ", with: ""))
    }

    @Test func `reads a file that is still being written, at every length`() {
        let bytes = Array(Self.whole.utf8)
        var readable = 0
        for count in 0...bytes.count {
            guard let file = PostmasterLockFile(parsing: Array(bytes[..<count])) else { continue }
            readable += 1
            #expect(file.pid == 4_321)
            if count < bytes.count - 4 { #expect(file.status == nil, "not before the word is whole") }
        }
        #expect(readable > 0)
    }

    @Test(arguments: ["", "4321", "x\n/y\n1\n", "-4321\n/y\n1\n", "0\n/y\n1\n", "1\n/y\nnow\n", "99999999999\n/y\n1\n"])
    func `refuses what is no such file`(text: String) {
        #expect(PostmasterLockFile(parsing: Array(text.utf8)) == nil)
    }
}
