import Glibc
import Platform
import TestSupport
import Testing

@Suite struct PathTests {
    @Test(arguments: [
        ("/var/lib/placeguard", "/var/lib"), ("/var/lib/", "/var"), ("/var", "/"), ("/", "/"),
    ])
    func `knows the directory a path is in`(path: String, parent: String) {
        #expect(Path.parent(of: path) == parent)
    }

    @Test func `resolves links, and reports what is missing`() throws {
        let temporary = try TemporaryDirectory()
        let symlinkResult = unsafe symlink(temporary.path, "\(temporary.path)/self")
        #expect(symlinkResult == 0)
        #expect(try Path.canonical("\(temporary.path)/self/self/.") == Path.canonical(temporary.path))
        let error = #expect(throws: SystemError.self) { try Path.canonical("\(temporary.path)/absent") }
        #expect(error?.isMissing == true)
    }

    @Test func `tells a directory just made from one that was there`() throws {
        let temporary = try TemporaryDirectory()
        #expect(try Path.makeDirectory("\(temporary.path)/a", mode: 0o700))
        #expect(try Path.makeDirectory("\(temporary.path)/a", mode: 0o700) == false)
        #expect(throws: SystemError.self) { try Path.makeDirectory("\(temporary.path)/b/c", mode: 0o700) }
    }
}
