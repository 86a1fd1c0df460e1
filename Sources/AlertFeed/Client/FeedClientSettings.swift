package import NIOCore
import NIOPosix
package import Safeguarding

/// How a client reaches the feed and what it asks for.
package struct FeedClientSettings: Sendable {
    package var host: String
    package var port: Int
    /// Nil only on loopback: a token is not sent in the clear.
    package var tls: FeedClientTLS?
    /// Nil: the client's certificate says who it is.
    package var credential: Credential?
    /// The subscription's name; its cursor belongs to the token's person.
    package var name = "follow"
    /// False: only questions are asked.
    package var subscribes = true
    /// It is always to be connected: the operator is told where it is silent.
    package var isStanding = false
    /// Where to begin the first time; afterwards it resumes.
    package var from = FeedStart.resume
    /// Filter terms as FEED/1 has them.
    package var filter = ""
    /// Two pages: the server holds nothing for it, and catching up costs fewer acknowledgements than with less.
    package var window = 2_048
    package var clientName = "placeguard"
    package var clientVersion = "1"

    /// Whether an event counts as handled only when ``FeedClient/handled(upTo:in:)`` says so: for whoever passes several on together.
    package var isToldWhenHandled = false
    /// The shortest time between two acknowledgements: half of what the server allows.
    package var acknowledgeEvery: Duration = .milliseconds(100)
    /// Under the 60 s that the server expects of whoever pings.
    package var pingEvery: Duration = .seconds(45)
    /// Three heartbeats of the server: then the link is taken for dead.
    package var silence: Duration = .seconds(60)
    /// The longest pause between two attempts to connect; each failure doubles it from one second.
    package var longestPause: Duration = .seconds(60)
    package var connectTimeout: Duration = .seconds(10)
    package var eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton

    package init(host: String, port: Int, tls: FeedClientTLS? = nil, credential: Credential?) {
        self.host = host
        self.port = port
        self.tls = tls
        self.credential = credential
    }

    /// Reads a token as it was issued, `ID.SECRET`.
    package static func credential(from token: String) -> Credential? {
        guard let dot = token.firstIndex(of: "."), dot != token.startIndex else { return nil }
        let secret = token[token.index(after: dot)...]
        return secret.isEmpty ? nil : Credential(tokenID: String(token[..<dot]), secret: String(secret))
    }
}

/// Whom a client trusts.
package struct FeedClientTLS: Sendable, Hashable {
    /// A PEM file with the authority's certificate; nil for the system's authorities.
    package var authorityFile: String?
    /// The name on the certificate where it is not the host.
    package var serverName: String?
    /// The client's own certificate and key, PEM files; nil for none.
    package var identity: Identity?

    /// A certificate chain and its key.
    package struct Identity: Sendable, Hashable {
        package var certificateFile: String
        package var keyFile: String

        package init(certificateFile: String, keyFile: String) {
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    package init(authorityFile: String? = nil, serverName: String? = nil, identity: Identity? = nil) {
        self.identity = identity
        self.authorityFile = authorityFile
        self.serverName = serverName
    }
}

/// Why a client has stopped for good; everything else is tried again.
package enum FeedClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The server refuses, and would again.
    case refused(ServerRefusal)
    /// A newer connection has the subscription's name.
    case replaced
    /// The token no longer holds.
    case revoked
    /// An event did not follow the one before it: something is missing.
    case gap(expected: Int64, found: Int64)
    /// The server said something that is not FEED/1.
    case protocolViolation
    /// Without TLS a token goes to this machine only.
    case tlsRequired
    case badAuthority

    var isGap: Bool { if case .gap = self { true } else { false } }

    package var description: String {
        switch self {
        case .refused(let refusal): "the server refused: \(refusal)"
        case .replaced: "another connection has taken over this subscription"
        case .revoked: "the token no longer holds"
        case .gap(let expected, let found): "an event is missing: expected to follow \(expected), found \(found)"
        case .protocolViolation: "the server does not speak FEED/1"
        case .tlsRequired: "beyond loopback the feed is read with TLS only"
        case .badAuthority: "a certificate or its authority cannot be read"
        }
    }
}
