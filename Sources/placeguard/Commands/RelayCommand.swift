import AlertFeed
import ArgumentParser
import AsyncHTTPClient
import Foundation
import Safeguarding
import Store

/// Passes a reader's feed on to another system or to mailboxes. Off unless somebody runs it.
struct RelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay",
        abstract: "Passes a reader's alerts on: as signed JSON to a web address, or as a notice by e-mail.",
        discussion: """
            A relay is a subscription: the token's permissions, its filter and the audit hold, and its position is kept. \
            An event counts as passed on when the target has taken it. Exercises go as far as the target too, so that the \
            operator is told of one that does not answer; and of a relay that is silent for half an hour, until it runs \
            again or is retired.
            """,
        subcommands: [Webhook.self, Mail.self, Retire.self]
    )

    struct SubscriptionOptions: ParsableArguments {
        @OptionGroup var feed: FeedOptions
        @Option(help: "Name of the subscription: one for each target.")
        var name: String
        @Option(parsing: .unconditionalSingleValue, help: "Filter terms, as with follow.")
        var filter: [String] = []

        func client() throws -> FeedClient {
            var settings = try feed.settings()
            settings.isToldWhenHandled = true
            settings.isStanding = true
            settings.name = name
            settings.filter = filter.joined(separator: " ")
            return FeedClient(settings: settings)
        }
    }

    struct Webhook: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Passes events on to a web address as signed, CAP-like JSON.",
            discussion: """
                The target is first, and before each exercise, sent {"type":"confirm","challenge":"..."} and must answer \
                {"confirmed":"HEX"}, the HMAC-SHA-256 of "CHALLENGE.URL" under the secret: its own address as --url has it, from its own settings. Then \
                each event is posted until it is answered 2xx, in order; 410 ends the relay.
                Placeguard-Signature: t=SECONDS,v1=HEX is the HMAC-SHA-256 of "SECONDS.DELIVERY.BODY" under the secret, where \
                DELIVERY is the header Placeguard-Delivery: EPOCH.SEQ for an event, which may come twice, or "confirm". The \
                target refuses what is older than 5 minutes or signed otherwise, the confirmation included, compares in \
                constant time, and drops an event whose signed delivery it has.
                """
        )

        @OptionGroup var subscription: SubscriptionOptions
        @Option(help: "The address, https unless it is this machine.")
        var url: String
        @Option(help: "File with the shared secret, 32 bytes or more, that only its owner can use.")
        var secretFile: String
        @Option(help: "Certificate authorities to trust for the target, PEM; the system's by default.")
        var targetCA: String?
        @Option(help: "What the events name as their sender.")
        var sender = "placeguard"

        func run() async throws {
            guard Self.isAllowed(url) else { throw ValidationError("--url is an https address.") }
            let secret = try SecretFile.read(secretFile, option: "--secret-file")
            guard secret.count >= 32 else { throw CommandFailure("The secret has less than 32 bytes.") }
            let client = try subscription.client()
            let http = HTTPClient(configuration: WebhookConnection.configuration(authorityFile: targetCA))
            let target = WebhookTarget(
                client: http,
                url: url,
                secret: secret,
                sender: sender,
                challenge: UUID().uuidString.lowercased(),
                now: { Int64(Date().timeIntervalSince1970) }
            )
            let relay = Relay(client: client, target: target, patience: RelayCommand.webhookPatience)
            try await RelayCommand.run(relay.run) { try? await http.shutdown() }
        }

        /// Nothing leaves this machine in clear.
        static func isAllowed(_ url: String) -> Bool {
            guard let address = URL(string: url), let host = address.host() else { return false }
            return address.scheme == "https" || (address.scheme == "http" && LoopbackHost.contains(host))
        }
    }

    struct Mail: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Tells mailboxes that an alert waits and where to log in, never what it is about.",
            discussion: """
                Needs curl. Without --filter what is of urgency normal and above is told, but not that somebody claimed, noted or \
                resolved; the morning's digest counts the rest. Alerts that come close together are told in one message, but \
                what is immediate or has gone up the chain waits for nothing.
                Each recipient has a message of its own and is tried again by itself. One that refuses it for good (SMTP 5xx), \
                or fails until \(MailProgress.longestQueue) events wait for it, is passed over once another has been told, which is said here with its \
                number; what nobody has been told is tried again for ever.
                """
        )

        @OptionGroup var subscription: SubscriptionOptions
        @Option(help: "The mail relay: smtp://HOST:PORT or smtps://HOST:PORT; TLS unless it is this machine.")
        var smtp: String
        @Option(help: "The sender's address.")
        var from: String
        @Option(help: "A recipient's address; repeat for several.")
        var to: [String]
        @Option(help: "Where a reader logs in.")
        var link: String
        @Option(help: "Minutes between two messages; 0 for a message each.")
        var every = 5
        @Option(help: "netrc file with the relay's account, that only its owner can use.")
        var netrcFile: String?
        @Option(help: "Certificate authority of the relay, PEM; the system's by default.")
        var smtpCA: String?

        func run() async throws {
            guard let address = URL(string: smtp), let host = address.host(),
                ["smtp", "smtps"].contains(address.scheme ?? "")
            else { throw ValidationError("--smtp is smtp://HOST:PORT or smtps://HOST:PORT.") }
            let isPlain = { (text: String) in
                !text.isEmpty && text.contains("@") && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x2C }
            }
            // More than this and an exercise could wait for a message longer than it may.
            guard (0...10).contains(every) else { throw ValidationError("--every is 0 to 10 minutes.") }
            guard !to.isEmpty, ([from] + to).allSatisfy(isPlain), link.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else { throw ValidationError("Addresses are NAME@HOST, and a link has no spaces.") }
            guard Set(to).count == to.count else { throw ValidationError("A recipient is named once.") }
            if let netrcFile { try SecretFile.check(netrcFile, option: "--netrc-file") }
            var subscription = subscription
            if subscription.filter.isEmpty { subscription.filter = [MailTarget.standardFilter] }
            let target = MailTarget(
                settings: .init(
                    name: subscription.name,
                    relay: smtp,
                    from: from,
                    to: to,
                    link: link,
                    netrc: netrcFile,
                    authority: smtpCA,
                    isLoopback: LoopbackHost.contains(host),
                    searchPath: ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
                )
            )
            let began = ContinuousClock.now
            let relay = MailRelay(
                client: try subscription.client(),
                target: target,
                every: .seconds(every * 60),
                patience: RelayCommand.mailPatience,
                now: { began.duration(to: .now) }
            )
            try await RelayCommand.run(relay.run) {}
        }
    }

    struct Retire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says that a relay was taken away: the operator is no longer told that it is silent.",
            discussion:
                "On the database, as the administrator. Its position is kept, and a relay that runs again stands again."
        )

        @OptionGroup var common: CommonOptions
        @Argument(help: "The relay's --name.")
        var name: String
        @Option(help: "Whose token it has; where no person was named, the agency's code.")
        var person: String

        func run() async throws {
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            let (name, person) = (name, person)
            try await runtime.withStores { try await $0.standing.retire(name, of: person, by: actor) }
        }
    }

    /// Everything waits behind the event that a web address does not take, so it is asked often; a mailbox that puts us off wants
    /// to be asked seldom, and is asked at once for what cannot wait.
    private static let webhookPatience = RelayPatience(longest: .seconds(30)) { try await Task.sleep(for: $0) }
    private static let mailPatience = RelayPatience(longest: .seconds(300)) { try await Task.sleep(for: $0) }

    private static func run(_ relay: () async throws -> Void, finally end: () async -> Void) async throws {
        do {
            try await relay()
        } catch FeedClientError.replaced {
            await end()
            Output.note("relay: \(FeedClientError.replaced): give each target a --name of its own")
            throw ExitCode.replaced
        } catch let error as FeedClientError {
            await end()
            throw CommandFailure("\(error)")
        } catch {
            await end()
            throw error
        }
        await end()
    }
}
