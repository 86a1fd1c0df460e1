package import NIOCore
import NIOPosix
import Safeguarding

/// Where and how the feed listens.
package struct FeedSettings: Sendable {
    package var host: String
    /// 0 lets the system choose.
    package var port: Int
    /// Nil only on loopback.
    package var tls: FeedTLS?
    /// What the banner calls the server.
    package var serverName: String
    package var limits: FeedLimits
    package var eventLoopGroup: any EventLoopGroup

    package init(
        host: String = "127.0.0.1",
        port: Int = 8_470,
        tls: FeedTLS? = nil,
        serverName: String = "placeguard",
        limits: FeedLimits = .standard,
        eventLoopGroup: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) {
        self.host = host
        self.port = port
        self.tls = tls
        self.serverName = serverName
        self.limits = limits
        self.eventLoopGroup = eventLoopGroup
    }

    /// Whether the address can be reached from this machine only.
    package var isLoopback: Bool { LoopbackHost.contains(host) }

    /// - Throws: `FeedServerError.tlsRequired` where tokens would cross a network in the clear.
    func check() throws(FeedServerError) {
        guard tls != nil || isLoopback else { throw .tlsRequired }
    }
}

/// Certificate chain and key of the feed, and who signs client certificates; PEM files.
package struct FeedTLS: Sendable, Hashable {
    package var certificateFile: String
    package var keyFile: String
    /// Nil: no client certificates are asked for.
    package var clientAuthorityFile: String?

    package init(certificateFile: String, keyFile: String, clientAuthorityFile: String? = nil) {
        self.clientAuthorityFile = clientAuthorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}

/// Why the feed cannot start.
package enum FeedServerError: String, Error, Sendable, CaseIterable, CustomStringConvertible {
    case tlsRequired = "tls-required"
    case badCertificate = "bad-certificate"

    package var description: String {
        switch self {
        case .tlsRequired: "the feed listens beyond loopback only with TLS: set tls.certificate and tls.key"
        case .badCertificate: "the feed's certificate and key cannot be read or do not belong together"
        }
    }
}
