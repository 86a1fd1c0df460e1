import AlertFeed
import Foundation
import TestSupport

/// A certificate authority and a server certificate made by `openssl` for one test.
struct TestAuthority: ~Copyable {
    private let directory: TemporaryDirectory

    /// Whether there is an `openssl` to make them with.
    static let isAvailable = Tool.find("openssl") != nil

    init() throws {
        let directory = try TemporaryDirectory()
        let path = directory.path
        try Self.openssl(
            path,
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=Marlowick test authority",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem"
        )
        try Self.openssl(
            path,
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/CN=localhost",
            "-keyout",
            "server.key",
            "-out",
            "server.csr"
        )
        try "subjectAltName=DNS:localhost,IP:127.0.0.1\n"
            .write(toFile: path + "/san.txt", atomically: true, encoding: .utf8)
        try Self.openssl(
            path,
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            "san.txt",
            "-out",
            "server.pem"
        )
        self.directory = directory
    }

    var authorityFile: String { directory.path + "/ca.pem" }

    var server: FeedTLS {
        FeedTLS(certificateFile: directory.path + "/server.pem", keyFile: directory.path + "/server.key")
    }

    /// The key of the authority with the certificate of the server: they do not belong together.
    var mismatched: FeedTLS {
        FeedTLS(certificateFile: directory.path + "/server.pem", keyFile: directory.path + "/ca.key")
    }

    private static func openssl(_ path: String, _ arguments: String...) throws {
        let process = Process()
        process.executableURL = Tool.find("openssl")
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: path)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(arguments: arguments) }
    }

    struct Failed: Error {
        var arguments: [String]
    }
}

/// A program on the path.
enum Tool {
    static func find(_ name: String) -> URL? {
        ["/usr/bin/", "/bin/", "/usr/local/bin/"]
            .first { FileManager.default.isExecutableFile(atPath: $0 + name) }
            .map { URL(filePath: $0 + name) }
    }
}
