import Glibc
import Platform
import TestSupport
import Testing

@Suite struct FileFactsTests {
    @Test func `reports a link itself, not what it points to`() throws {
        let temporary = try TemporaryDirectory()
        let symlinkResult = unsafe symlink("/etc", "\(temporary.path)/link")
        #expect(symlinkResult == 0)
        #expect(try FileFacts.of("\(temporary.path)/link")?.kind == .symbolicLink)
        #expect(try FileFacts.of(temporary.path)?.kind == .directory)
        #expect(try FileFacts.of("\(temporary.path)/absent") == nil)
        #expect(try FileFacts.of("/dev/null")?.kind == .other)
        #expect(try FileFacts.of("/dev/null/below") == nil)
    }

    @Test(
        arguments: [
            (0o700, true, false), (0o600, true, false), (0o750, false, false), (0o701, false, false),
            (0o720, false, true), (0o702, false, true),
        ] as [(mode_t, Bool, Bool)]
    )
    func `judges a mode`(mode: mode_t, isPrivate: Bool, isWritableByOthers: Bool) {
        let facts = FileFacts(kind: .directory, owner: 1, group: 1, mode: mode)
        #expect(facts.isPrivate == isPrivate)
        #expect(facts.isWritableByOthers == isWritableByOthers)
    }

    @Test func `reads a whole file with its facts, and nothing but regular files`() throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        try directory.write("key", [1, 2, 3], mode: 0o640, owner: nil)
        let content = try RegularFile.read("\(temporary.path)/key", limit: 3)
        #expect(content.bytes == [1, 2, 3])
        #expect(content.facts.mode == 0o640)
        #expect(throws: SystemError.self) { try RegularFile.read("\(temporary.path)/key", limit: 2) }
        #expect(throws: SystemError.self) { try RegularFile.read(temporary.path, limit: 100) }
        #expect(throws: SystemError.self) { try RegularFile.read("/dev/zero", limit: 100) }
    }
}
