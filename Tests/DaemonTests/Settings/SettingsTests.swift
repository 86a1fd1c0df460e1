import Foundation
import Logging
import Platform
import TestSupport
import Testing

@testable import placeguard

@Suite struct SettingsTests {
    private let account = Account(name: "pat", user: 1_000, group: 1_000, groups: [1_000])

    private func load(
        file: String? = "/dev/null",
        environment: [String: String] = [:],
        flags: [String: String] = [:]
    ) async throws -> Settings {
        let environment = environment.merging(["HOME": "/home/pat"]) { given, _ in given }
        return try await Settings.load(file: file, environment: environment, flags: flags, account: account)
    }

    private func load(text: String, name: String = "placeguard.yaml", mode: UInt32 = 0o600) async throws -> Settings {
        let temporary = try TemporaryDirectory()
        try Directory(path: temporary.path).write(name, Array(text.utf8), mode: mode, owner: nil)
        return try await load(file: "\(temporary.path)/\(name)")
    }

    private func faults(_ body: () async throws -> Settings) async -> [SettingsError.Fault] {
        do {
            _ = try await body()
            return []
        } catch let error as SettingsError {
            return error.faults
        } catch {
            Issue.record(error)
            return []
        }
    }

    @Test func `without any configuration everything has its default`() async throws {
        let temporary = try TemporaryDirectory()
        try Directory(path: temporary.path).write("empty.yaml", Array("{}\n".utf8), mode: 0o600, owner: nil)
        let settings = try await load(file: "\(temporary.path)/empty.yaml")
        #expect(settings.httpListen.description == "127.0.0.1:8480")
        #expect(settings.feedListen.description == "127.0.0.1:8470")
        #expect(settings.tls == nil)
        guard case .embedded = settings.database else {
            Issue.record("not embedded")
            return
        }
        #expect(settings.databasePoolSize == 6)
        #expect(settings.stateDirectory == "/home/pat/.local/state/placeguard")
        #expect(settings.originatorKeyFile == "/home/pat/.local/state/placeguard/originator.key")
        #expect(settings.originatorKeyIsStandard)
        #expect(settings.logLevel == .info)
        #expect(settings.logFormat == .text)
        #expect(settings.partnershipAreas == [])
        #expect(settings.limits.feedConnectionsPerAddress == 128)
        #expect(settings.limits.stop == .seconds(30))
    }

    @Test(arguments: ["placeguard.yaml", "placeguard.json"])
    func `reads a file of either form`(name: String) async throws {
        let yaml = """
            http:
              listen: "[::1]:9480"
            partnership:
              name: Marlowick Safeguarding Partnership
              areas: [E05000001, E05000002]
            limits:
              feed:
                connections: 7
            database:
              singleRole: false
            """
        let json = """
            {"http": {"listen": "[::1]:9480"}, "limits": {"feed": {"connections": 7}}, "database": {"singleRole": false},
             "partnership": {"name": "Marlowick Safeguarding Partnership", "areas": ["E05000001", "E05000002"]}}
            """
        let settings = try await load(text: name.hasSuffix("yaml") ? yaml : json, name: name)
        #expect(settings.httpListen.host == "::1")
        #expect(settings.httpListen.port == 9_480)
        #expect(settings.partnershipName == "Marlowick Safeguarding Partnership")
        #expect(settings.partnershipAreas == ["E05000001", "E05000002"])
        #expect(settings.limits.feedConnections == 7)
    }

    @Test func `the environment wins over the file, and a flag over both`() async throws {
        let temporary = try TemporaryDirectory()
        let text = "http: {listen: '127.0.0.1:1'}\nfeed: {listen: '127.0.0.1:2'}\nlog: {level: debug}\n"
        try Directory(path: temporary.path).write("placeguard.yaml", Array(text.utf8), mode: 0o600, owner: nil)
        let settings = try await load(
            file: "\(temporary.path)/placeguard.yaml",
            environment: ["PLACEGUARD_FEED_LISTEN": "127.0.0.1:3", "PLACEGUARD_LOG_LEVEL": "notice"],
            flags: ["log.level": "error"]
        )
        #expect(settings.httpListen.port == 1)
        #expect(settings.feedListen.port == 3)
        #expect(settings.logLevel == .error)
    }

    @Test func `numbers, flags and lists can come from the environment`() async throws {
        let settings = try await load(
            file: nil,
            environment: [
                "PLACEGUARD_CONFIG": "/dev/null", "PLACEGUARD_DATABASE_POOL_SIZE": "9",
                "PLACEGUARD_PARTNERSHIP_AREAS": "E1,E2", "PLACEGUARD_DATABASE_SINGLE_ROLE": "true",
                "PLACEGUARD_DATABASE_URL": "dbname=a", "PLACEGUARD_LIMITS_FEED_CONNECTIONS_PER_ADDRESS": "5",
            ]
        )
        #expect(settings.databasePoolSize == 9)
        #expect(settings.partnershipAreas == ["E1", "E2"])
        #expect(settings.limits.feedConnectionsPerAddress == 5)
        guard case .external(let address) = settings.database else {
            Issue.record("not external")
            return
        }
        #expect(address.isSingleRole)
    }

    @Test func `an unknown key is an error that names the nearest known one and the line`() async throws {
        let temporary = try TemporaryDirectory()
        let text = "http:\n  listen: 127.0.0.1:1\n  lisen: x\nlimit:\n  openfiles: 5\n"
        let file = "\(temporary.path)/placeguard.yaml"
        try Directory(path: temporary.path).write("placeguard.yaml", Array(text.utf8), mode: 0o600, owner: nil)
        let faults = await faults {
            try await load(
                file: file,
                environment: ["PLACEGUARD_DATABSE_URL": "dbname=a"],
                flags: ["log.levl": "info"]
            )
        }
        #expect(
            faults.map(\.description) == [
                "\(file):3: unknown key http.lisen; did you mean http.listen?",
                "\(file):5: unknown key limit.openfiles; did you mean limits.openFiles?",
                "unknown key PLACEGUARD_DATABSE_URL; did you mean PLACEGUARD_DATABASE_URL?",
                "flag: unknown key log.levl; did you mean log.level?",
            ]
        )
    }

    @Test func `variables that are not settings pass`() async throws {
        let others = [
            "PLACEGUARD_TOKEN": "x", "PLACEGUARD_TEST_CLUSTER": "x", "PLACEGUARD_SHARED_DATA": "x",
            "PLACEGUARD_HTTP_LISTEN": "", "HTTP_LISTEN": "x",
        ]
        let settings = try await load(environment: others)
        #expect(settings.httpListen.port == 8_480)
    }

    @Test(arguments: [
        ("limits.openFiles", "1023", false), ("limits.openFiles", "1024", true), ("limits.openFiles", "1048576", true),
        ("limits.openFiles", "1048577", false), ("limits.openFiles", "many", false), ("database.poolSize", "0", false),
        ("database.singleRole", "perhaps", false), ("log.level", "loud", false), ("log.format", "json", true),
        ("http.listen", "8480", false), ("http.listen", ":8480", false), ("http.listen", "127.0.0.1:65536", false),
        ("http.listen", "127.0.0.1:65535", true), ("http.listen", "::1:80", false), ("state.directory", "here", false),
    ])
    func `a value is taken or refused`(name: String, value: String, taken: Bool) async throws {
        let faults = await faults { try await load(flags: [name: value]) }
        #expect(faults.isEmpty == taken)
        if !taken {
            #expect(faults.map(\.kind) == [.badValue])
            #expect(faults.first?.description.contains(name) == true)
        }
    }

    @Test func `all faults are reported at once`() async {
        let faults = await faults {
            try await load(flags: ["log.level": "loud", "database.poolSize": "x", "nonsense": "1", "feed.listen": "y"])
        }
        #expect(faults.count == 4)
    }

    @Test(arguments: [
        ("127.0.0.1:1", "127.9.9.9:1", true), ("0.0.0.0:1", "127.0.0.1:1", false), ("127.0.0.1:1", "[::]:1", false),
        ("localhost:1", "[::1]:1", true), ("127.0.0.1.example.org:1", "127.0.0.1:1", false),
        ("10.0.0.1:1", "10.0.0.1:2", false),
    ])
    func `TLS is needed wherever other machines can connect`(http: String, feed: String, isLocal: Bool) async throws {
        let addresses = ["http.listen": http, "feed.listen": feed]
        let faults = await faults { try await load(flags: addresses) }
        #expect(faults.isEmpty == isLocal)
        #expect(faults.allSatisfy { $0.kind == .tlsMissing })
        let withTLS = addresses.merging(["tls.certificate": "/a.pem", "tls.key": "/b.pem"]) { $1 }
        let settings = try await load(flags: withTLS)
        #expect(settings.tls == Settings.TLS(certificate: "/a.pem", key: "/b.pem", clientAuthorities: nil))
    }

    @Test(arguments: [
        ["tls.certificate": "/a.pem"], ["tls.key": "/b.pem"], ["tls.clientCA": "/c.pem"],
        ["database.urls.feed": "dbname=a"], ["database.singleRole": "true"],
        ["database.url": "dbname=a", "database.singleRole": "true", "database.urls.feed": "dbname=b"],
    ])
    func `settings that need or exclude each other are refused`(flags: [String: String]) async {
        let faults = await faults { try await load(flags: flags) }
        #expect(faults.map(\.kind) == [.contradiction])
    }

    @Test(
        arguments: [(0o600, true), (0o640, true), (0o604, false), (0o644, false), (0o602, false)] as [(UInt32, Bool)]
    )
    func `a file with connection strings must be closed to others`(mode: UInt32, taken: Bool) async {
        let faults = await faults { try await load(text: "database: {url: 'dbname=a password=hunter2'}\n", mode: mode) }
        #expect(faults.isEmpty == taken)
        #expect(faults.allSatisfy { $0.kind == .openSecret })
        let open = await self.faults { try await load(text: "log: {level: info}\n", mode: 0o644) }
        #expect(open.isEmpty, "a file without them may be open")
    }

    @Test func `no error shows a secret`() async {
        let faults = await faults {
            try await load(text: "database: {url: [hunter2], urls: {feed: 'x hunter2', assessor: 'x hunter2'}}\n")
        }
        #expect(!faults.isEmpty)
        #expect(!faults.map(\.description).joined().contains("hunter2"))
    }

    @Test(arguments: [
        "database:\n  url: 'host=db password=hunter2\n", "database: {url: \"password=hunter2\" x}\n",
        "database:\n  password=hunter2: x\n", "'password=hunter2': 1\n'password=hunter2': 2\n",
        "database: {url: {? [hunter2] : x}}\n",
    ])
    func `what is wrong with a file's form is told without the line, which may hold a password`(text: String) async {
        let faults = await faults { try await load(text: text) }
        #expect(!faults.isEmpty)
        #expect(!faults.map(\.description).joined().contains("hunter2"))
    }

    @Test func `aliases that unfold to more than a configuration are refused`() async {
        var text = "a0: &a0 {x: 1}\n"
        for level in 1...20 { text += "a\(level): &a\(level) {x: *a\(level - 1), y: *a\(level - 1)}\n" }
        let faults = await faults { [text] in try await load(text: text) }
        #expect(faults.map(\.kind) == [.unreadableFile])
    }

    @Test(arguments: ["http: [", "http: {listen: a, listen: b}", "- a\n- b", "http:\n\t- x"])
    func `what is no configuration is refused with the file's name`(text: String) async {
        let faults = await faults { try await load(text: text) }
        #expect(faults.count == 1)
        #expect(faults.first?.kind == .unreadableFile || faults.first?.kind == .unknownKey)
        #expect(faults.first?.place.contains("placeguard.yaml") == true)
    }

    @Test func `a missing file is an error, unless it is only the standard one`() async {
        let faults = await faults { try await load(file: "/nonexistent/placeguard.yaml") }
        #expect(faults.map(\.kind) == [.unreadableFile])
    }

    @Test func `a heading whose lines are all commented out is no key`() async throws {
        let settings = try await load(text: "tls:\n  # certificate: x\nlimits:\n  feed:\n")
        #expect(settings.tls == nil)
    }
}
