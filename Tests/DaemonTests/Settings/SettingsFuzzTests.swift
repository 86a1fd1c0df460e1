import Foundation
import Platform
import TestSupport
import Testing

@testable import placeguard

/// Mutations of a whole configuration file against what reads it.
@Suite(.timeLimit(.minutes(15)))
struct SettingsFuzzTests {
    private static let secret = "wisteria"
    private static let file = """
        http: {listen: "127.0.0.1:0"}
        database:
          urls: &urls
            owner: "host=db.example.org user=placeguard_owner password=\(secret)"
            intake: "host=db.example.org user=placeguard_intake password=\(secret)"
          poolSize: 6
          singleRole: false
        partnership:
          name: 'Marlowick'
          areas: [E05000001, E05000002]
        limits:
          http: {connections: 2048}
          stopSeconds: 30
        log: *urls

        """

    @Test func `no configuration file traps, and no fault tells the password in it`() async throws {
        let temporary = try TemporaryDirectory()
        let directory = try Directory(path: temporary.path)
        let lines = Self.file.split(separator: "\n").map { Array($0.utf8) + [0x0A] }
        try await Fuzzing.run(lines, pieces: 1...20, seed: 0xC0F) { input, _ in
            try directory.write("placeguard.yaml", input, mode: 0o600, owner: nil)
            do {
                _ = try await Settings.load(
                    file: "\(temporary.path)/placeguard.yaml",
                    environment: ["HOME": "/home/pat"],
                    account: Account(name: "pat", user: 5, group: 5, groups: [5])
                )
                return true
            } catch let error as SettingsError {
                return !error.faults.isEmpty && !error.description.contains(Self.secret)
            }
        }
    }
}
