import Testing

@testable import placeguard

@Suite struct ServerConfigurationTests {
    private let configuration: ServerConfiguration

    init() throws {
        configuration = ServerConfiguration(
            layout: try EmbeddedLayout(stateDirectory: "/var/lib/placeguard"),
            accounts: ["placeguard", "root"],
            roles: ["placeguard_owner", "placeguard_feed"]
        )
    }

    private func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    @Test func `admits peers on the socket by the map and rejects everybody else`() {
        #expect(
            lines(configuration.access) == [
                "local all postgres peer map=placeguard",
                "local placeguard placeguard_owner,placeguard_feed peer map=placeguard",
                "local all all reject", "host all all all reject",
                "local replication all reject", "host replication all all reject",
            ]
        )
    }

    @Test func `maps each account to the superuser and each role, and nothing else`() {
        #expect(
            lines(configuration.identities) == [
                "placeguard \"placeguard\" postgres", "placeguard \"placeguard\" placeguard_owner",
                "placeguard \"placeguard\" placeguard_feed", "placeguard \"root\" postgres",
                "placeguard \"root\" placeguard_owner", "placeguard \"root\" placeguard_feed",
            ]
        )
    }

    @Test(arguments: [
        "listen_addresses = ''", "unix_socket_directories = '/var/lib/placeguard/run'",
        "unix_socket_permissions = 0700",
        "fsync = on", "full_page_writes = on", "synchronous_commit = on", "jit = off", "log_error_verbosity = terse",
        "log_min_error_statement = panic",
    ])
    func `is private, durable and keeps row content out of the log`(line: String) {
        #expect(lines(configuration.settings).contains(line))
    }
}
