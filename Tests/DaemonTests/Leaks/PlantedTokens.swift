import Foundation
import Safeguarding
import Testing

/// Tokens of three people, with what of them is secret.
struct PlantedTokens: Sendable {
    var reporter: String
    var full: String
    var open: String

    var secrets: [Marker] {
        [reporter, full, open].map { Marker(String($0.drop { $0 != "." }.dropFirst())) }
    }

    /// Adds the people and issues their tokens on an installation that was never prepared.
    static func issue(on installation: Installation) async throws -> PlantedTokens {
        _ = try await installation.prepare()
        func token(_ person: String, _ name: String, _ rights: String...) async throws -> String {
            let email = "p.marchwell.\(person)@example.net"
            _ = try await installation.placeguard(
                "person",
                "add",
                person,
                "--agency",
                "licensing",
                "--name",
                name,
                "--email",
                email
            )
            let issue = ["token", "issue", "--agency", "licensing", "--person", person, "--json", "--role"]
            let output = try await DaemonProcess.run(issue + rights, environment: installation.environment)
            return try #require(try JSONReader.read(bytes: Array(output.utf8))["token"]?.string)
        }
        return PlantedTokens(
            reporter: try await token("r.ashgrove", "Philippa Underdrake", "reporter"),
            full: try await token("ana", "Ada Netherfold", "coordinator", "--clearance", "statutory"),
            open: try await token("ben", "Ben Bellwether", "coordinator")
        )
    }
}
