import Testing

@testable import Postgres

struct ConnectionSettingsTests {
    private func resolved(_ settings: ConnectionSettings) throws -> [String: String] {
        try settings.resolved().keywords
    }

    @Test func `a URI and a keyword list say the same`() throws {
        let uri = try resolved(ConnectionSettings("postgresql://alice@db.example:5433/marlowick"))
        let list = try resolved(ConnectionSettings("host=db.example port=5433 user=alice dbname=marlowick"))
        #expect(uri == list)
        #expect(uri["dbname"] == "marlowick")
    }

    @Test func `what every connection needs is added`() throws {
        let keywords = try resolved(ConnectionSettings("host=a", applicationName: "test"))
        #expect(keywords["application_name"] == "test")
        #expect(keywords["client_encoding"] == "UTF8")
        #expect(keywords["keepalives_idle"] == "30")
        #expect(keywords["options"] == "-c idle_in_transaction_session_timeout=60000 -c statement_timeout=30000")
    }

    @Test func `the string wins over the defaults, but not over the encoding`() throws {
        let keywords = try resolved(
            ConnectionSettings("host=a application_name=mine keepalives_idle=5 client_encoding=LATIN1")
        )
        #expect(keywords["application_name"] == "mine")
        #expect(keywords["keepalives_idle"] == "5")
        #expect(keywords["client_encoding"] == "UTF8")
    }

    @Test func `options of the string come last, so that they win`() throws {
        let keywords = try resolved(ConnectionSettings("host=a options='-c statement_timeout=5'"))
        #expect(keywords["options"]?.hasSuffix(" -c statement_timeout=5") == true)
    }

    @Test func `session settings are escaped`() throws {
        let settings = ConnectionSettings(
            "host=a",
            statementTimeout: nil,
            idleInTransactionTimeout: nil,
            sessionSettings: ["search_path": #"a, b\c"#]
        )
        #expect(try resolved(settings)["options"] == #"-c search_path=a,\ b\\c"#)
    }

    @Test func `keywords override the string`() throws {
        let settings = ConnectionSettings("host=a dbname=one", keywords: ["dbname": "two"])
        #expect(try resolved(settings)["dbname"] == "two")
    }

    @Test(arguments: ["host", "postgresql://[", "nonsense=1", "host='a"])
    func `a string that cannot be read is refused without being quoted`(string: String) {
        #expect { try ConnectionSettings(string + " password").validate() } throws: { error in
            guard let error = error as? PostgresError else { return false }
            return error.code == .usage && !error.description.contains("nonsense")
        }
    }

    @Test func `a password shows in no description`() {
        let settings = ConnectionSettings("host=a password=swordfish")
        #expect(!"\(settings)".contains("swordfish"))
        #expect(!String(reflecting: settings).contains("swordfish"))
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!dumped.contains("swordfish"))
    }
}

struct HostListTests {
    private func list(_ keywords: [String: String]) -> HostList { HostList(keywords, defaults: ["port": "5432"]) }

    @Test func `one port serves all hosts`() {
        #expect(
            list(["host": "a,b", "port": "1"]).endpoints(from: 0) == [
                Endpoint(host: "a", port: "1"), Endpoint(host: "b", port: "1"),
            ]
        )
    }

    @Test func `each host can have a port, and an empty one is the default`() {
        #expect(
            list(["host": "a,b,c", "port": "1,,3"]).endpoints(from: 1) == [
                Endpoint(host: "b", port: "5432"), Endpoint(host: "c", port: "3"),
            ]
        )
    }

    @Test func `the rest of the list is said in keywords`() {
        let hosts = list(["host": "a,b,c", "hostaddr": "1.1.1.1,,3.3.3.3", "port": "1,2,3"])
        #expect(hosts.keywords(from: 0) == [:])
        #expect(hosts.keywords(from: 1) == ["host": "b,c", "hostaddr": ",3.3.3.3", "port": "2,3"])
        #expect(hosts.keywords(from: 2) == ["host": "c", "hostaddr": "3.3.3.3", "port": "3"])
    }

    @Test func `addresses alone are hosts`() {
        #expect(list(["hostaddr": "1.1.1.1,2.2.2.2"]).endpoints(from: 1) == [Endpoint(host: "2.2.2.2", port: "5432")])
    }

    @Test(arguments: [["host": "a,b", "port": "1,2,3"], ["host": "a,b", "hostaddr": "1.1.1.1"], [:]])
    func `lists that do not match are left to libpq`(keywords: [String: String]) {
        #expect(list(keywords).endpoints(from: 0).isEmpty)
    }
}
