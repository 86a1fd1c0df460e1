import NIOSSL
import Safeguarding

/// Where the web server listens, and how.
package struct WebConfiguration: Sendable {
    /// Files in PEM.
    package struct TLSFiles: Sendable, Hashable {
        package var certificate: String
        package var key: String
        /// Where set, clients must show a certificate of this authority.
        package var clientAuthority: String?

        package init(certificate: String, key: String, clientAuthority: String? = nil) {
            self.certificate = certificate
            self.key = key
            self.clientAuthority = clientAuthority
        }
    }

    package var host: String
    /// 0 = any free port.
    package var port: Int
    /// Nil only where the host is a loopback address.
    package var tls: TLSFiles?
    package var limits: WebLimits

    package init(host: String, port: Int, tls: TLSFiles? = nil, limits: WebLimits = WebLimits()) {
        self.host = host
        self.port = port
        self.tls = tls
        self.limits = limits
    }

    /// Only these addresses may be served without TLS (design.md "Trust").
    var isLoopback: Bool { LoopbackHost.contains(host) }
}

/// Why the web server cannot start as configured.
package enum WebConfigurationError: String, Error, Sendable, CaseIterable, CustomStringConvertible {
    case plainNotLoopback = "plain-not-loopback"
    case badCertificate = "bad-certificate"
    case badKey = "bad-key"
    case badClientAuthority = "bad-client-authority"
    case keyDoesNotMatch = "key-does-not-match"

    package var description: String {
        switch self {
        case .plainNotLoopback:
            "without tls.certificate and tls.key the server listens on loopback addresses only"
        case .badCertificate: "tls.certificate cannot be read as PEM certificates"
        case .badKey: "tls.key cannot be read as a PEM key without a passphrase"
        case .badClientAuthority: "tls.clientCA cannot be read as PEM certificates"
        case .keyDoesNotMatch: "tls.key does not belong to tls.certificate"
        }
    }
}

extension WebConfiguration.TLSFiles {
    /// Reads the files.
    ///
    /// TLS 1.2 and 1.3 with NIOSSL's modern suites.
    func configuration() throws(WebConfigurationError) -> TLSConfiguration {
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMFile(certificate) } catch { throw .badCertificate }
        guard !chain.isEmpty else { throw .badCertificate }
        let privateKey: NIOSSLPrivateKey
        do { privateKey = try NIOSSLPrivateKey(file: key, format: .pem) } catch { throw .badKey }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(privateKey)
        )
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        if let clientAuthority {
            guard let authorities = try? NIOSSLCertificate.fromPEMFile(clientAuthority), !authorities.isEmpty else {
                throw .badClientAuthority
            }
            configuration.trustRoots = .certificates(authorities)
            // Whoever has none logs in with a token, as on the feed.
            configuration.certificateVerification = .optionalVerification
        }
        do { _ = try NIOSSLContext(configuration: configuration) } catch { throw .keyDoesNotMatch }
        return configuration
    }
}
