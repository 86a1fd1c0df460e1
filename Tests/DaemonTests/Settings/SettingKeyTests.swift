import Testing

@testable import placeguard

@Suite struct SettingKeyTests {
    @Test(arguments: [
        ("http.listen", "PLACEGUARD_HTTP_LISTEN"), ("tls.clientCA", "PLACEGUARD_TLS_CLIENT_CA"),
        ("database.poolSize", "PLACEGUARD_DATABASE_POOL_SIZE"), ("database.urls.feed", "PLACEGUARD_DATABASE_URLS_FEED"),
        ("originator.keyFile", "PLACEGUARD_ORIGINATOR_KEY_FILE"),
        ("limits.http.connectionsPerAddress", "PLACEGUARD_LIMITS_HTTP_CONNECTIONS_PER_ADDRESS"),
    ])
    func `has a name in the environment`(name: String, variable: String) {
        #expect(SettingKey.named(name)?.environmentName == variable)
    }

    @Test func `names are distinct in both forms`() {
        #expect(Set(SettingKey.all.map(\.name)).count == SettingKey.all.count)
        #expect(Set(SettingKey.all.map(\.environmentName)).count == SettingKey.all.count)
    }

    @Test func `there is a login for every database role`() {
        for role in DatabaseRole.allCases {
            #expect(SettingKey.named("database.urls.\(role.rawValue)")?.kind == .secret)
        }
    }

    @Test func `every default is one that would be taken`() {
        for key in SettingKey.all {
            guard let standard = key.standard else { continue }
            switch key.kind {
            case .integer(let range): #expect(Int(standard).map(range.contains) == true, "\(key.name)")
            case .choice(let words): #expect(words.contains(standard), "\(key.name)")
            case .address: #expect(ListenAddress(standard)?.isLoopback == true, "\(key.name)")
            case .flag: #expect(Bool(standard) != nil, "\(key.name)")
            case .text: #expect(!standard.isEmpty)
            case .secret, .list: Issue.record("\(key.name) has a default")
            }
        }
    }
}
