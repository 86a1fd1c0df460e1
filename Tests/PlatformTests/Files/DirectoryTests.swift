import Glibc
import Platform
import TestSupport
import Testing

@Suite struct DirectoryTests {
    @Test func `writes a file that reads back, replaced as a whole`() throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        try directory.write("settings", Array("one".utf8), mode: 0o644, owner: nil)
        try directory.write("settings", Array("two".utf8), mode: 0o640, owner: nil)
        #expect(try directory.read("settings", limit: 100) == Array("two".utf8))
        #expect(try directory.facts("settings")?.mode == 0o640)
        #expect(try directory.names() == ["settings"], "no temporary file is left")
    }

    @Test func `reads up to the limit and refuses one byte more`() throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        try directory.write("file", [UInt8](repeating: 7, count: 20_000), mode: 0o600, owner: nil)
        #expect(try directory.read("file", limit: 20_000)?.count == 20_000)
        #expect(try directory.read("file", limit: 20_001)?.count == 20_000)
        let error = #expect(throws: SystemError.self) { try directory.read("file", limit: 19_999) }
        #expect(error?.code == EFBIG)
    }

    @Test func `says nil for what is not there`() throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        #expect(try directory.read("absent", limit: 10) == nil)
        #expect(try directory.facts("absent") == nil)
        try directory.remove("absent")
    }

    @Test func `does not follow a link put in the place of a file`() throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        try directory.write("target", Array("secret".utf8), mode: 0o600, owner: nil)
        let symlinkResult = unsafe symlink("target", "\(temporary.path)/link")
        #expect(symlinkResult == 0)
        let error = #expect(throws: SystemError.self) { try directory.read("link", limit: 10) }
        #expect(error?.code == ELOOP)
        #expect(try directory.facts("link")?.kind == .symbolicLink)
        // Writing replaces the link itself.
        try directory.write("link", Array("new".utf8), mode: 0o600, owner: nil)
        #expect(try directory.read("target", limit: 10) == Array("secret".utf8))
        #expect(try directory.facts("link")?.kind == .regular)
    }

    @Test func `does not follow a link put in the place of a directory`() throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        let symlinkResult = unsafe symlink("/etc", "\(temporary.path)/data")
        #expect(symlinkResult == 0)
        let error = #expect(throws: SystemError.self) { _ = try directory.directory("data").names() }
        #expect(error?.code == ENOTDIR || error?.code == ELOOP)
        #expect(throws: SystemError.self) { _ = try Directory(path: "\(temporary.path)/data").names() }
    }

    @Test func `does not wait for a pipe put in the place of a file`() throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        let mkfifoResult = unsafe mkfifo("\(temporary.path)/pipe", 0o600)
        #expect(mkfifoResult == 0)
        #expect(try directory.read("pipe", limit: 10) == [])
    }

    @Test func `files and directories get their mode whatever the process's mask`() async {
        // The mask belongs to the whole process, so it is changed in one of its own.
        await #expect(processExitsWith: .success) {
            let temporary = try TemporaryDirectory()
            let directory = try Directory(path: temporary.path)
            _ = umask(0o277)
            let made = try directory.makeDirectory("run", mode: 0o700, owner: nil)
            try #require(made.facts().mode == 0o700)
            try directory.write("settings", [1], mode: 0o644, owner: nil)
            try #require(directory.facts("settings")?.mode == 0o644)
        }
    }

    @Test func `opens a directory that is there as it is`() throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        try directory.makeDirectory("run", mode: 0o700, owner: nil).setMode(0o750)
        #expect(try directory.makeDirectory("run", mode: 0o700, owner: nil).facts().mode == 0o750)
    }

    @Test func `a name cannot lead out of the directory by being a path through a link`() throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        #expect(throws: SystemError.self) { _ = try directory.directory("no/such") }
    }
}
