import Foundation

/// A certificate authority and a server certificate for `localhost`, made by `openssl` for one test.
package struct TestAuthority: ~Copyable {
    private let directory: TemporaryDirectory

    /// Whether there is an `openssl` to make them with.
    package static var isAvailable: Bool { Tool.find("openssl") != nil }

    /// What a skipped test says.
    package static let absence = "openssl is not installed"

    /// The PEM file of the authority's certificate.
    package var authorityFile: String { directory.path + "/ca.pem" }
    /// The PEM file of the authority's key: it does not belong to the server's certificate.
    package var authorityKeyFile: String { directory.path + "/ca.key" }
    /// The PEM file of the server's certificate.
    package var certificateFile: String { directory.path + "/server.pem" }
    /// The PEM file of the server's key.
    package var keyFile: String { directory.path + "/server.key" }

    private init(directory: consuming TemporaryDirectory) { self.directory = directory }

    /// Makes the certificates.
    package static func make() async throws -> TestAuthority {
        let authority = TestAuthority(directory: try TemporaryDirectory())
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        let request = authority.directory.path + "/server.csr"
        let names = authority.directory.path + "/san.txt"
        try await openssl(
            ["req", "-x509", "-days", "2", "-subj", "/CN=Marlowick test authority"] + key
                + ["-keyout", authority.authorityKeyFile, "-out", authority.authorityFile]
        )
        try await openssl(
            ["req", "-subj", "/CN=localhost"] + key + ["-keyout", authority.keyFile, "-out", request]
        )
        try "subjectAltName=DNS:localhost\n".write(toFile: names, atomically: true, encoding: .utf8)
        try await openssl([
            "x509", "-req", "-in", request, "-CA", authority.authorityFile, "-CAkey", authority.authorityKeyFile,
            "-CAcreateserial", "-days", "2", "-extfile", names, "-out", authority.certificateFile,
        ])
        return authority
    }

    /// A client's certificate and key, signed by the authority.
    package func makeClient(_ name: String, days: Int = 2) async throws -> (certificateFile: String, keyFile: String) {
        let files = (directory.path + "/\(name).pem", directory.path + "/\(name).key")
        try await sign("/CN=" + name, certificate: files.0, key: files.1, days: days)
        return files
    }

    /// Another certificate and key for the server, in the place of the first.
    package func renewServer() async throws {
        try await sign("/CN=localhost", certificate: certificateFile, key: keyFile)
    }

    private func sign(_ subject: String, certificate: String, key: String, days: Int = 2) async throws {
        let request = directory.path + "/request.csr"
        let made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        try await Self.openssl(["req", "-subj", subject] + made + ["-keyout", key, "-out", request])
        try await Self.openssl([
            "x509", "-req", "-in", request, "-CA", authorityFile, "-CAkey", authorityKeyFile, "-CAcreateserial",
            "-days", "\(days)", "-extfile", directory.path + "/san.txt", "-out", certificate,
        ])
    }

    private static func openssl(_ arguments: [String]) async throws {
        guard let program = Tool.find("openssl") else { throw Failed(arguments: arguments, output: absence) }
        let (status, output) = try await ChildProcess.run(program, arguments)
        guard status == 0 else { throw Failed(arguments: arguments, output: output) }
    }

    /// What `openssl` said.
    package struct Failed: Error {
        package var arguments: [String]
        package var output: String
    }
}

/// A program on the path.
package enum Tool {
    /// Its absolute path, nil where it is not installed.
    package static func find(_ name: String) -> String? {
        ["/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + name }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
