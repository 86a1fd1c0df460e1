import Foundation
import Platform
import TestSupport
import Testing
import Yams

@testable import placeguard

/// Deploy/placeguard.example.yaml is what operators start from: every key with its default, all commented out.
@Suite struct ExampleFileTests {
    private let text: String

    init() throws {
        text = try Repository.text("Deploy/placeguard.example.yaml")
    }

    /// The file with its settings in force: lines of the form `#key:` or `#  key: value` lose their mark.
    private var uncommented: String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { line in line.firstMatch(of: /^#( *[a-zA-Z]+:( .*)?)$/).map { String($0.1) } ?? String(line) }
            .joined(separator: "\n")
    }

    @Test func `as it is, it changes nothing`() throws {
        #expect(try ConfigurationKeys.list(in: text) == [])
    }

    @Test func `it names every key, in order, and no other`() throws {
        let names = try ConfigurationKeys.list(in: uncommented).map(\.name)
        #expect(names == SettingKey.all.map(\.name))
    }

    @Test func `it shows the defaults of the code`() throws {
        let root = try #require(try Yams.compose(yaml: uncommented))
        for key in SettingKey.all {
            let node = key.name.split(separator: ".").reduce(root as Node?) { $0?[String($1)] }
            if let standard = key.standard { #expect(node?.string == standard, "\(key.name)") }
        }
    }

    @Test func `it says of every key what it is for`() {
        for key in SettingKey.all {
            let flat = text.replacing(/\n#( *#)? */, with: " ")
            #expect(flat.contains(key.meaning), "\(key.name)")
        }
    }

    @Test func `with every setting in force it can be read`() async throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        try directory.write("placeguard.yaml", Array(uncommented.utf8), mode: 0o600, owner: nil)
        let settings = try await Settings.load(
            file: "\(temporary.path)/placeguard.yaml",
            environment: [:],
            account: Account(name: "placeguard", user: 5, group: 5, groups: [5])
        )
        #expect(settings.stateDirectory == "/var/lib/placeguard")
    }
}
