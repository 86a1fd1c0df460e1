import Crypto
import FoundationEssentials
import NIOPosix
import NIOSSL
package import Safeguarding

extension FeedTLS {
    /// Reads the files off the cooperative pool.
    ///
    /// - Throws: `FeedServerError.badCertificate`.
    func read() async throws -> Material {
        let files = [certificateFile, keyFile] + (clientAuthorityFile.map { [$0] } ?? [])
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                let bytes = try files.map { Array(try Data(contentsOf: URL(filePath: $0))) }
                return Material(certificate: bytes[0], key: bytes[1], clientAuthority: bytes.count > 2 ? bytes[2] : nil)
            }
        } catch {
            throw FeedServerError.badCertificate
        }
    }
}

extension FeedTLS.Material {
    /// A context that speaks TLS 1.3 and nothing older, and takes a client's certificate where it knows who signs them.
    ///
    /// - Throws: `FeedServerError.badCertificate`.
    func makeContext() async throws -> NIOSSLContext {
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                let chain = try NIOSSLCertificate.fromPEMBytes(certificate)
                var configuration = TLSConfiguration.makeServerConfiguration(
                    certificateChain: chain.map { .certificate($0) },
                    privateKey: .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
                )
                configuration.minimumTLSVersion = .tlsv13
                if let clientAuthority {
                    configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(clientAuthority))
                    configuration.certificateVerification = .optionalVerification
                }
                return try NIOSSLContext(configuration: configuration)
            }
        } catch {
            throw FeedServerError.badCertificate
        }
    }
}

/// A client's certificate as the credentials know it.
package struct PeerCertificate: Sendable, Hashable {
    /// SHA-256 of the certificate.
    package var fingerprint: [UInt8]
    /// Its last moment.
    package var until: Moment

    init(_ certificate: NIOSSLCertificate) throws {
        fingerprint = Array(SHA256.hash(data: try certificate.toDERBytes()))
        until = Moment(seconds: Int64(certificate.notValidAfter))
    }

    /// Reads the first certificate of a PEM file.
    ///
    /// - Throws: `FeedServerError.badCertificate`.
    package init(file: String) throws {
        do {
            guard let certificate = try NIOSSLCertificate.fromPEMFile(file).first else {
                throw FeedServerError.badCertificate
            }
            try self.init(certificate)
        } catch {
            throw FeedServerError.badCertificate
        }
    }
}
