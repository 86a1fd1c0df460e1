import Glibc
import TestSupport
import Testing

@testable import Platform

@Suite struct LocalSocketPeerTests {
    @Test func `names the process and user that listen`() throws {
        let temporary = try TemporaryDirectory()
        let path = "\(temporary.path)/socket"
        let listener = try ListeningSocket(path: path, type: SOCK_STREAM)
        #expect(try LocalSocketPeer.listening(at: path) == LocalSocketPeer(pid: getpid(), user: geteuid()))
        _ = consume listener
        #expect(try LocalSocketPeer.listening(at: path) == nil, "the file remains, but nobody listens")
    }

    @Test func `nobody listens where there is no socket`() throws {
        let temporary = try TemporaryDirectory()
        #expect(try LocalSocketPeer.listening(at: "\(temporary.path)/absent") == nil)
    }

    @Test func `takes the longest path the kernel takes and refuses one byte more`() throws {
        #expect(LocalSocketPeer.maximumPathLength == 107)
        let longest = "/tmp/" + String(repeating: "x", count: 102)
        #expect(try LocalSocketPeer.listening(at: longest) == nil)
        let error = #expect(throws: SystemError.self) { try LocalSocketPeer.listening(at: longest + "x") }
        #expect(error?.code == ENAMETOOLONG)
    }

    @Test(arguments: ["", "/tmp/a\0b"]) func `refuses a path that is none`(path: String) {
        #expect(throws: SystemError.self) { try LocalSocketAddress(path: path) }
    }
}
