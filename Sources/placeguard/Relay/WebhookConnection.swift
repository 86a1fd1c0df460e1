import AsyncHTTPClient
import NIOCore
import NIOSSL

/// How a web address is reached: TLS 1.2 or newer where it is https, and no redirects.
enum WebhookConnection {
    /// - Parameter authorityFile: Authorities to trust, PEM; nil for the system's.
    static func configuration(authorityFile: String?) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        // The library's own default is 1.0.
        tls.minimumTLSVersion = .tlsv12
        if let authorityFile { tls.trustRoots = .file(authorityFile) }
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(10), read: .seconds(30))
        return configuration
    }
}
