import Foundation
import Logging
import Platform
import Safeguarding
import TestSupport
import Testing

@testable import placeguard

@Suite struct SeenPositionsFileTests {
    private let seen: [View: LogPosition] = [
        .open: LogPosition(epoch: "0a1b2c", head: 7, floor: 1),
        .full: LogPosition(epoch: "ffee01", head: 900, floor: 1),
    ]

    private func file(in directory: String) -> SeenPositionsFile {
        SeenPositionsFile(stateDirectory: directory, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func `what one daemon kept the next one knows, and nobody else may read it`() async throws {
        let directory = try TemporaryDirectory()
        #expect(await file(in: directory.path).positions().isEmpty)
        let first = file(in: directory.path)
        await first.keep(seen)
        let path = directory.path + "/feed.positions"
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "open 0a1b2c 7\nfull ffee01 900\n")
        #expect(try FileFacts.of(path)?.mode == 0o600)
        #expect(await file(in: directory.path).positions() == seen)
        #expect(try Directory(path: directory.path).names() == ["feed.positions"], "nothing else is left")
    }

    @Test func `what has not changed is not written again, what has is`() async throws {
        let directory = try TemporaryDirectory()
        let file = file(in: directory.path)
        await file.keep(seen)
        try Directory(path: directory.path).remove("feed.positions")
        await file.keep(seen)
        #expect(await file.positions().isEmpty)
        var later = seen
        later[.full]?.head = 901
        await file.keep(later)
        #expect(await file.positions() == later)
    }

    @Test func `a directory that is gone keeps nothing and stops nobody, and one that is back is written to`()
        async throws
    {
        let directory = try TemporaryDirectory()
        let file = file(in: directory.path + "/state")
        await file.keep(seen)
        #expect(await file.positions().isEmpty)
        try FileManager.default.createDirectory(atPath: directory.path + "/state", withIntermediateDirectories: false)
        await file.keep(seen)
        #expect(await file.positions() == seen)
    }

    @Test(arguments: [
        "", "\n\n", "full", "full e", "full e -1\n", "full e 1 2\n", "secret e 4\n", "full e 99999999999999999999\n",
        "\u{0}\u{1}",
    ])
    func `lines of another form are passed over`(text: String) {
        let known = SeenPositionsFile.positions(in: Array((text + "\nopen e 3\n").utf8))
        #expect(known == [.open: LogPosition(epoch: "e", head: 3, floor: 1)])
    }
}
