import AlertFeed
import ArgumentParser
import Foundation
import Safeguarding

/// How a command reaches the feed, and as whom.
struct FeedOptions: ParsableArguments {
    @Option(help: "Address of the feed, HOST:PORT.")
    var connect = "127.0.0.1:8470"
    @Option(help: "File with the token (ID.SECRET) that only its owner can use; else the variable PLACEGUARD_TOKEN.")
    var tokenFile: String?
    @Flag(help: "Use TLS.")
    var tls = false
    @Option(help: "Certificate authorities to trust with --tls, PEM; the system's by default.")
    var ca: String?
    @Option(help: "Your certificate, PEM, in the place of a token; with --tls and --key.")
    var certificate: String?
    @Option(help: "The certificate's key, PEM, that only its owner can use.")
    var key: String?

    func settings() throws -> FeedClientSettings {
        guard let address = ListenAddress(connect) else { throw ValidationError("--connect is HOST:PORT.") }
        guard tls || address.isLoopback else {
            throw CommandFailure("A token is not sent in the clear beyond this machine: use --tls.")
        }
        guard (certificate == nil) == (key == nil), certificate == nil || tls else {
            throw ValidationError("--certificate, --key and --tls go together.")
        }
        if let key { try SecretFile.check(key, option: "--key") }
        let identity: FeedClientTLS.Identity? =
            if let certificate, let key { .init(certificateFile: certificate, keyFile: key) } else { nil }
        var settings = FeedClientSettings(
            host: address.host,
            port: address.port,
            tls: tls ? FeedClientTLS(authorityFile: ca, identity: identity) : nil,
            credential: identity == nil ? try credential() : nil
        )
        settings.clientVersion = Version.current
        return settings
    }

    /// The token from a file or the environment; never an argument, which everybody on the machine could read.
    private func credential() throws -> Credential {
        var text = ProcessInfo.processInfo.environment["PLACEGUARD_TOKEN"] ?? ""
        if let tokenFile {
            let read = try SecretFile.read(tokenFile, option: "--token-file")
            text = String(decoding: read, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        guard !text.isEmpty else { throw CommandFailure("Give --token-file, or the token in PLACEGUARD_TOKEN.") }
        guard let credential = FeedClientSettings.credential(from: text) else {
            throw CommandFailure("The token is not of the form ID.SECRET.")
        }
        return credential
    }
}

extension ExitCode {
    /// Another connection has the subscription's name: who came back would drive it out in turn, and each would lack what the
    /// other was given. The units are not started again after it (sysexits.h: configuration error).
    static let replaced = ExitCode(78)
}
