import Testing

@testable import placeguard

@Suite struct DatabaseAddressTests {
    @Test func `the private cluster has a login for each role and no password`() throws {
        let address = DatabaseAddress(embedded: try EmbeddedLayout(stateDirectory: "/srv/safe guarding"))
        #expect(
            address.connectionString(for: .intake)
                == "host='/srv/safe guarding/run' port=5432 dbname=placeguard user=placeguard_intake"
        )
        #expect(!address.isSingleRole)
    }

    @Test(arguments: [
        (
            "host=db1,db2 dbname=placeguard user=placeguard_owner password=secret",
            "host=db1,db2 dbname=placeguard user=placeguard_owner password=secret user=placeguard_feed password=''"
        ),
        (
            "postgresql://placeguard_owner:secret@db1/placeguard",
            "postgresql://placeguard_owner:secret@db1/placeguard?user=placeguard_feed&password="
        ),
        (
            "postgres://owner@db1,db2/placeguard?target_session_attrs=read-write",
            "postgres://owner@db1,db2/placeguard?target_session_attrs=read-write&user=placeguard_feed&password="
        ),
    ])
    func `a role without a string of its own connects like the owner, under its own name`(url: String, feed: String)
        throws
    {
        let address = try DatabaseAddress(url: url, urls: [:], singleRole: false)
        #expect(address.connectionString(for: .owner) == url)
        #expect(address.connectionString(for: .feed) == feed)
    }

    @Test func `a role's own string is taken as it is`() throws {
        let address = try DatabaseAddress(url: "dbname=a", urls: [.feed: "dbname=b user=f"], singleRole: false)
        #expect(address.connectionString(for: .feed) == "dbname=b user=f")
    }

    @Test func `one login for all is refused unless it is asked for`() throws {
        let same = Dictionary(uniqueKeysWithValues: DatabaseRole.allCases.map { ($0, "dbname=a user=one") })
        #expect(throws: DatabaseAddress.Fault.sharedLogin(.owner, .intake)) {
            try DatabaseAddress(url: "dbname=a", urls: same, singleRole: false)
        }
        let address = try DatabaseAddress(url: "dbname=a user=one", urls: [:], singleRole: true)
        #expect(address.isSingleRole)
        #expect(Set(DatabaseRole.allCases.map(address.connectionString(for:))) == ["dbname=a user=one"])
    }

    @Test func `one login for all and logins by role exclude each other`() {
        #expect(throws: DatabaseAddress.Fault.singleRoleWithUrls) {
            try DatabaseAddress(url: "dbname=a", urls: [.feed: "dbname=b"], singleRole: true)
        }
    }

    @Test func `a description holds no connection string`() throws {
        let address = try DatabaseAddress(url: "dbname=a password=hunter2", urls: [:], singleRole: true)
        #expect(!"\(address)".contains("hunter2"))
    }
}
