import AlertFeed
import ArgumentParser
import Safeguarding
import Store

/// Credentials: 256 random bits, shown once, kept as a hash.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Credentials of people and systems.",
        subcommands: [Issue.self, List.self, Certify.self, Revoke.self]
    )

    /// Issues a token and prints it once.
    struct Issue: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Issues a token and prints it; it cannot be shown again."
        )

        @OptionGroup var common: CommonOptions
        @Option(help: "The agency's code.")
        var agency: String
        @Option(help: "The person's code; without it the token is of a system of the agency.")
        var person: String?
        @Option(help: "reporter, coordinator, meeting or steward.")
        var role: TokenRole
        @Option(help: "statutory, police or lado; repeat for several.")
        var clearance: [Clearance] = []
        @Option(name: .customLong("area"), help: "Area it is limited to; repeat for several, none for all.")
        var areas: [String] = []
        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            let request = NewToken(
                agency: agency,
                person: person,
                role: role,
                clearances: Set(clearance),
                areas: areas
            )
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            let token = try await runtime.withStores { try await $0.tokens.issue(request, by: actor) }
            Output.noteUnknownAreas(token.unknownAreas)
            if json {
                print(
                    JSON.object([
                        ("id", .string(token.id)), ("token", .string(token.text)), ("role", .string(role.rawValue)),
                        ("agency", .string(agency)), ("person", .optional(token.person)),
                    ]).text
                )
            } else {
                print(token.text)
                Output.note("Shown once. Keep it where only its user can read it.")
            }
        }
    }

    /// Lists tokens without their secrets.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists tokens by id, without their secrets.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let runtime = try await CommandRuntime(common)
            for token in try await runtime.withStores({ try await $0.tokens.list() }) {
                print(
                    "\(token.id)  \(token.agency)  \(token.person ?? "-")  \(token.role.rawValue)"
                        + (token.isRevoked ? "  REVOKED" : "")
                )
            }
        }
    }

    /// Lets a client certificate stand for a token on the feed.
    struct Certify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets a client certificate log in to the feed for a token (AUTH EXTERNAL).",
            discussion:
                "The certificate must be signed by an authority in tls.clientCA. Revoking the token ends it too."
        )

        @OptionGroup var common: CommonOptions
        @Argument(help: "The token's id: the part before the point.")
        var id: String
        @Option(help: "The certificate, PEM.")
        var certificate: String

        func run() async throws {
            let id = id
            guard let certificate = try? PeerCertificate(file: certificate) else {
                throw CommandFailure("The certificate cannot be read.")
            }
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            try await runtime.withStores {
                try await $0.tokens.certify(id, fingerprint: certificate.fingerprint, by: actor)
            }
        }
    }

    /// Revokes a token: running sessions end.
    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revokes a token at once, its open sessions included."
        )

        @OptionGroup var common: CommonOptions
        @Argument(help: "The token's id: the part before the point.")
        var id: String

        func run() async throws {
            let id = id
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            let isDone = try await runtime.withStores { try await $0.tokens.revoke(id, by: actor) }
            guard isDone else { throw CommandFailure("There is no token with that id in force.") }
        }
    }
}

extension TokenRole: ExpressibleByArgument {}
extension Clearance: ExpressibleByArgument {}
