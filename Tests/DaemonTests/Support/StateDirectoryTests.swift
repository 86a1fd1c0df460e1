import Foundation
import Platform
import TestSupport
import Testing

@testable import placeguard

@Suite struct StateDirectoryTests {
    private let person = Account(name: "pat", user: 1_000, group: 1_000, groups: [1_000])
    private let root = Account(name: "root", user: 0, group: 0, groups: [0])
    private let service = Account(name: "placeguard", user: 990, group: 990, groups: [990])

    @Test func `a service keeps its state in var, a person at home`() {
        #expect(StateDirectory.standard(account: root, environment: ["HOME": "/root"]) == "/var/lib/placeguard")
        #expect(StateDirectory.standard(account: service, environment: [:]) == "/var/lib/placeguard")
        let home = ["HOME": "/home/pat"]
        #expect(StateDirectory.standard(account: person, environment: home) == "/home/pat/.local/state/placeguard")
        let base = ["HOME": "/home/pat", "XDG_STATE_HOME": "/data"]
        #expect(StateDirectory.standard(account: person, environment: base) == "/data/placeguard")
        let relative = ["HOME": "/home/pat", "XDG_STATE_HOME": "data"]
        #expect(StateDirectory.standard(account: person, environment: relative) == "/home/pat/.local/state/placeguard")
        let systemd = ["STATE_DIRECTORY": "/var/lib/other:/var/lib/second"]
        #expect(StateDirectory.standard(account: person, environment: systemd) == "/var/lib/other")
    }

    @Test func `makes the directory and those above it`() throws {
        let temporary = try TemporaryDirectory()
        let account = try ServiceAccount.choose(configured: nil)
        let path = try StateDirectory.prepare("\(temporary.path)/a/b/state", account: account)
        #expect(path == (try Path.canonical("\(temporary.path)/a/b/state")))
        let facts = try #require(try FileFacts.of(path))
        #expect(facts.mode == 0o700)
        #expect(facts.owner == account.user)
        #expect(try FileFacts.of("\(temporary.path)/a")?.mode == 0o755)
        #expect(try StateDirectory.prepare(path, account: account) == path, "and takes it again")
    }

    @Test func `closes a directory of its own that was open`() throws {
        let temporary = try TemporaryDirectory()
        let account = try ServiceAccount.choose(configured: nil)
        let path = try StateDirectory.prepare("\(temporary.path)/state", account: account)
        try Directory(path: path).setMode(0o755)
        _ = try StateDirectory.prepare(path, account: account)
        #expect(try FileFacts.of(path)?.mode == 0o700)
    }

    @Test func `does not close or take a directory with things that are not ours`() throws {
        let temporary = try TemporaryDirectory()
        let current = try Account.current()
        let directory = try Directory(path: temporary.path)
        try directory.write("thesis.txt", [1], mode: 0o600, owner: nil)
        try directory.setMode(0o755)
        let path = temporary.path
        #expect(throws: StateDirectory.Refusal.holdsOtherThings(path)) {
            try StateDirectory.prepare(path, account: current)
        }
        #expect(try FileFacts.of(path)?.mode == 0o755)
    }

    @Test func `takes a directory prepared by hand with a key in it`() throws {
        let temporary = try TemporaryDirectory()
        let current = try Account.current()
        let directory = try Directory(path: temporary.path)
        try directory.write("originator.key", [1], mode: 0o600, owner: nil)
        try directory.setMode(0o755)
        _ = try StateDirectory.prepare(temporary.path, account: current)
        let mode = try directory.facts().mode
        #expect(mode == 0o700)
    }

    @Test func `refuses a link, a file, and a directory of another account`() throws {
        let temporary = try TemporaryDirectory()
        let current = try Account.current()
        let path = temporary.path
        try FileManager.default.createSymbolicLink(atPath: "\(path)/link", withDestinationPath: path)
        #expect(throws: StateDirectory.Refusal.notADirectory("\(path)/link")) {
            try StateDirectory.prepare("\(path)/link", account: current)
        }
        try Directory(path: path).write("file", [1], mode: 0o600, owner: nil)
        #expect(throws: StateDirectory.Refusal.notADirectory("\(path)/file")) {
            try StateDirectory.prepare("\(path)/file", account: current)
        }
        let other = Account(name: "other", user: current.user + 7, group: 1, groups: [1])
        _ = try Path.makeDirectory("\(path)/full", mode: 0o700)
        try Directory(path: "\(path)/full").write("run", [1], mode: 0o600, owner: nil)
        #expect(throws: StateDirectory.Refusal.ownedByAnother("\(path)/full", account: "other")) {
            try StateDirectory.prepare("\(path)/full", account: other)
        }
    }
}
