import NIOPosix
import NIOSSL

extension FeedTLS {
    /// Reads the files off the cooperative pool and makes a context that speaks TLS 1.3 and nothing older.
    ///
    /// - Throws: `FeedServerError.badCertificate`; the library's own error would name paths.
    func makeServerContext() async throws -> NIOSSLContext {
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                let chain = try NIOSSLCertificate.fromPEMFile(certificateFile)
                let key = try NIOSSLPrivateKey(file: keyFile, format: .pem)
                var configuration = TLSConfiguration.makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) },
                    privateKey: .privateKey(key)
                )
                configuration.minimumTLSVersion = .tlsv13
                return try NIOSSLContext(configuration: configuration)
            }
        } catch {
            throw FeedServerError.badCertificate
        }
    }
}
