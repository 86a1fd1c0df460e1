import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// Who is let in, checked with the grants of the roles that serve.
@Suite(needsServer)
struct PostgresCredentialStoreTests {
    // MARK: Tokens

    @Test func `a token with its secret is whoever it was issued to, with its own areas, else its agency's`()
        async throws
    {
        try await Partnership.with { partnership in
            try await partnership.add("children", areas: ["E05A", "E05B"])
            let people = PersonDirectory(source: partnership.fixture.admin)
            try await people.add(NewPerson(code: "ben", agency: "children", name: "Ben"), by: Partnership.actor)
            let wish = NewToken(
                agency: "children",
                person: "ben",
                role: .steward,
                clearances: [.statutory, .police],
                areas: ["E05C"]
            )
            let person = try await partnership.tokens.issue(wish, by: Partnership.actor)
            let system = try await partnership.issue(to: "children", role: .reporter)
            var expected = Principal(
                tokenID: person.id,
                agency: "children",
                agencyKind: .childrensServices,
                person: "ben",
                role: .steward,
                clearances: [.statutory, .police],
                areas: ["E05C"],
                canGrade: true,
                lawfulBasis: .legalObligation,
                agreementUntil: Partnership.until
            )
            #expect(try await partnership.store.authenticate(person) == expected)
            expected.tokenID = system.id
            expected.person = nil
            expected.role = .reporter
            expected.clearances = []
            expected.areas = ["E05A", "E05B"]
            #expect(try await partnership.store.authenticate(system) == expected)
        }
    }

    @Test func `a wrong secret, an unknown id and what is no id are nobody`() async throws {
        try await Partnership.with { partnership in
            try await partnership.add("children")
            let token = try await partnership.issue(to: "children")
            let other = try await partnership.issue(to: "children")
            for secret in ["", "wrong", token.secret + "x", String(token.secret.dropLast()), other.secret] {
                #expect(try await partnership.store.authenticate(tokenID: token.id, secret: secret) == nil)
            }
            // A zero byte must not reach the database, which would refuse the whole statement.
            for id in [
                "unknown-id", "", "a b", token.id + " ", "tok\u{0}id", "' OR true --",
            ] {
                #expect(try await partnership.store.authenticate(tokenID: id, secret: token.secret) == nil)
            }
            #expect(try await partnership.store.authenticate(token)?.tokenID == token.id)
        }
    }

    @Test func `whoever is revoked, suspended or without agreement is nobody, and only the last can be told why`()
        async throws
    {
        try await Partnership.with { partnership in
            let revoked = try await partnership.token(of: "revoked")
            let suspended = try await partnership.token(of: "suspended")
            let lapsed = try await partnership.token(of: "lapsed", until: Partnership.past)
            let held = try await partnership.token(of: "held")
            try await partnership.apply(.revoked, to: revoked, of: "revoked")
            try await partnership.apply(.suspended, to: suspended, of: "suspended")
            let telling = PostgresCredentialStore(source: partnership.fixture.intake, tellsLapsed: true)
            for store in [partnership.store, telling] {
                #expect(try await store.authenticate(revoked) == nil)
                #expect(try await store.authenticate(suspended) == nil)
                #expect(try await store.authenticate(held)?.agency == "held")
            }
            #expect(try await partnership.store.authenticate(lapsed) == nil)
            let told = try #require(try await telling.authenticate(lapsed))
            #expect(told.agency == "lapsed")
            #expect(told.agreementUntil == Partnership.past)
            #expect(try await !telling.isStillValid(told), "it is told, not let in")
        }
    }

    // MARK: Certificates

    @Test func `a certificate stands for the token it was added to while that is in force`() async throws {
        try await Partnership.with { partnership in
            var tokens: [String: IssuedToken] = [:]
            for (number, agency) in ["held", "revoked", "suspended", "lapsed"].enumerated() {
                let token = try await partnership.token(of: agency)
                let fingerprint = Partnership.fingerprint(UInt8(number))
                try await partnership.tokens.certify(token.id, fingerprint: fingerprint, by: Partnership.actor)
                tokens[agency] = token
                let known = try await partnership.store.authenticate(fingerprint: fingerprint)
                #expect(known?.tokenID == token.id)
                #expect(try await partnership.store.authenticate(token) == known)
            }
            for (agency, change) in [("revoked", .revoked), ("suspended", .suspended), ("lapsed", .lapsed)]
                as [(String, Partnership.Change)]
            {
                try await partnership.apply(change, to: try #require(tokens[agency]), of: agency)
            }
            let telling = PostgresCredentialStore(source: partnership.fixture.feed, tellsLapsed: true)
            for store in [partnership.store, telling] {
                for (number, agency) in ["held", nil, nil, nil, nil].enumerated() {
                    let found = try await store.authenticate(fingerprint: Partnership.fingerprint(UInt8(number)))
                    #expect(found?.agency == agency, "certificate \(number)")
                }
            }
        }
    }

    // MARK: Refusals

    @Test func `refusals are counted by minute, address and id, and what is no id is one word`() async throws {
        try await Partnership.with { partnership in
            let store = partnership.store
            try await partnership.fixture.owner.withConnection { connection in
                _ = try await connection.query(
                    """
                    INSERT INTO placeguard.refused_login (minute, address, token_id, attempts)
                    VALUES (date_trunc('minute', clock_timestamp()) - interval '1 hour', '10.0.0.1', 'tok-ana', 7)
                    """
                )
            }
            for _ in 0..<3 { try await store.recordRefusal(tokenID: "tok-ana", address: "10.0.0.1") }
            try await store.recordRefusal(tokenID: "tok-ana", address: "10.0.0.2")
            try await store.recordRefusal(tokenID: "tok-ben", address: "10.0.0.1")
            let longest = String(repeating: "a", count: 32)
            for id in ["abcd", longest, "A-z_09"] { try await store.recordRefusal(tokenID: id, address: "shape") }
            let malformed = ["abc", longest + "a", "", "tök-ana", "tok.ana", "tok ana", "tok\u{0}ana", "tok/ana"]
            for id in malformed { try await store.recordRefusal(tokenID: id, address: "shape") }
            let found = try await partnership.fixture.texts(
                """
                SELECT address || ' ' || token_id || ' ' || sum(attempts) FROM placeguard.refused_login
                WHERE minute > clock_timestamp() - interval '30 minutes' GROUP BY address, token_id
                """
            )
            let shapes = ["shape abcd 1", "shape \(longest) 1", "shape A-z_09 1", "shape malformed \(malformed.count)"]
            #expect(Set(found) == Set(["10.0.0.1 tok-ana 3", "10.0.0.2 tok-ana 1", "10.0.0.1 tok-ben 1"] + shapes))
            let earlier = try await partnership.fixture.texts(
                "SELECT attempts::text FROM placeguard.refused_login WHERE minute < clock_timestamp() - interval '30 minutes'"
            )
            #expect(earlier == ["7"])
            let odd = try await partnership.fixture.count(
                "SELECT count(*) FROM placeguard.refused_login WHERE minute <> date_trunc('minute', minute)"
            )
            #expect(odd == 0)
        }
    }

    // MARK: Roles

    @Test func `who checks credentials can change none`() async throws {
        try await Partnership.with { partnership in
            let token = try await partnership.token(of: "children")
            for role in [Bootstrap.Role.feed, .intake, .briefing] {
                let store = PostgresCredentialStore(source: partnership.fixture.pool(role))
                let principal = try #require(try await store.authenticate(token), "\(role)")
                #expect(try await store.isStillValid(principal), "\(role)")
                try await store.recordRefusal(tokenID: token.id, address: role.rawValue)
                for sql in Self.forbidden {
                    let error = await #expect(throws: PostgresError.self, "\(role): \(sql)") {
                        try await partnership.fixture.pool(role).withConnection { _ = try await $0.query(sql) }
                    }
                    #expect(error?.sqlState == "42501", "\(role): \(sql)")
                }
            }
            #expect(try await partnership.fixture.count("SELECT count(*) FROM placeguard.refused_login") == 3)
        }
    }

    private static let forbidden: [StaticString] = [
        "UPDATE placeguard.token SET revoked = NULL", "UPDATE placeguard.token SET clearances = '{lado}'",
        "UPDATE placeguard.token SET secret_hash = ''", "DELETE FROM placeguard.token",
        "UPDATE placeguard.agency SET suspended_at = NULL", "UPDATE placeguard.agency SET agreement_until = 'infinity'",
        "UPDATE placeguard.refused_login SET token_id = ''", "DELETE FROM placeguard.refused_login",
        "UPDATE placeguard.token_certificate SET token = ''", "DELETE FROM placeguard.token_certificate",
    ]
}
