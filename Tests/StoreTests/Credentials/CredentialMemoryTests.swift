import Postgres
import Safeguarding
import Store
import StoreTestSupport
import Synchronization
import TestSupport
import Testing

/// What the credential store remembers costs no query and outlives no change.
@Suite(needsServer)
struct CredentialMemoryTests {
    @Test func `a session's credential holds until it is ended or opens something else, whatever is remembered`()
        async throws
    {
        try await Partnership.with { partnership in
            let bystander = try await partnership.token(of: "bystander")
            let other = try #require(try await partnership.store.authenticate(bystander))
            for change in Partnership.Change.allCases {
                let agency = "agency-" + change.rawValue.lowercased()
                let token = try await partnership.token(of: agency)
                let principal = try #require(try await partnership.store.authenticate(token))
                #expect(try await partnership.store.isStillValid(principal), "before \(change)")
                #expect(try await partnership.store.authenticate(token) == principal)
                try await partnership.apply(change, to: token, of: agency)
                #expect(try await !partnership.store.isStillValid(principal), "after \(change)")
            }
            #expect(try await partnership.store.isStillValid(other))
            let unknown = Principal.coordinator("nobody")
            #expect(try await partnership.store.ended([other, unknown, other]) == [unknown], "all in one question")
            #expect(try await partnership.store.ended([]).isEmpty)
        }
    }

    @Test func `an agreement that is renewed ends nobody's session`() async throws {
        try await Partnership.with { partnership in
            let token = try await partnership.token(of: "children")
            let principal = try #require(try await partnership.store.authenticate(token))
            try await partnership.renewAgreement(of: "children")
            #expect(try await partnership.store.isStillValid(principal))
            partnership.store.credentialsChanged()
            #expect(try await partnership.store.authenticate(token) != principal, "it is read")
        }
    }

    @Test func `a change is noticed at once when it is told of`() async throws {
        try await Partnership.with { partnership in
            let token = try await partnership.token(of: "children")
            #expect(try await partnership.store.authenticate(token) != nil)
            try await partnership.apply(.revoked, to: token, of: "children")
            partnership.store.credentialsChanged()
            #expect(try await partnership.store.authenticate(token) == nil)
        }
    }

    @Test(.timeLimit(.minutes(10))) func `a change that nobody tells of is noticed within a second`() async throws {
        try await Partnership.with { partnership in
            let token = try await partnership.token(of: "children")
            #expect(try await partnership.store.authenticate(token) != nil)
            let known = ContinuousClock.now
            try await partnership.apply(.revoked, to: token, of: "children")
            var asked = ContinuousClock.now
            while try await partnership.store.authenticate(token) != nil {
                let age = asked - known
                #expect(age < Duration.seconds(1))
                // A journey to the database, so that the second is not spent on one core.
                _ = try await partnership.fixture.now()
                asked = .now
            }
        }
    }

    @Test func `what was read while credentials changed is not remembered`() async throws {
        try await Partnership.with { partnership in
            let token = try await partnership.token(of: "children")
            let source = WatchedSource(partnership.fixture.feed)
            let store = PostgresCredentialStore(source: source)
            source.afterNext {
                try await partnership.apply(.revoked, to: token, of: "children")
                store.credentialsChanged()
            }
            #expect(try await store.authenticate(token) != nil, "it was read before")
            #expect(try await store.authenticate(token) == nil)
        }
    }

    @Test func `a remembered credential costs no query`() async throws {
        try await Partnership.with { partnership in
            let token = try await partnership.token(of: "children")
            let source = WatchedSource(partnership.fixture.feed)
            let store = PostgresCredentialStore(source: source)
            var wasRemembered = false
            // A busy machine may spend the second elsewhere: then once more.
            for _ in 0..<20 where !wasRemembered {
                store.credentialsChanged()
                #expect(try await store.authenticate(token) != nil)
                let lends = source.lends
                #expect(try await store.authenticate(token) != nil)
                wasRemembered = source.lends == lends
            }
            #expect(wasRemembered)
        }
    }

    @Test func `a refusal costs one query whether the id is unknown, known, in use or none`() async throws {
        try await Partnership.with { partnership in
            let token = try await partnership.token(of: "children")
            let source = WatchedSource(partnership.fixture.feed)
            let store = PostgresCredentialStore(source: source)
            func queries(ofGuessing id: String) async throws -> Int {
                let lends = source.lends
                #expect(try await store.authenticate(tokenID: id, secret: "guessed") == nil)
                return source.lends - lends
            }
            for _ in 0..<3 {
                #expect(try await queries(ofGuessing: token.id) == 1)
                #expect(try await queries(ofGuessing: "nobody-s-id") == 1)
                #expect(try await queries(ofGuessing: "' OR 1") == 1)
                #expect(try await store.authenticate(token) != nil, "and is in memory when it is guessed again")
            }
        }
    }
}

/// A pool that counts what it lends, and lets something happen between a loan and its result.
private final class WatchedSource: ConnectionSource {
    private struct State {
        var lends = 0
        var happening: (@Sendable () async throws -> Void)?
    }

    private let pool: ConnectionPool
    private let state = Mutex(State())

    init(_ pool: ConnectionPool) { self.pool = pool }

    var lends: Int { state.withLock { $0.lends } }

    /// Runs once, after the next loan and before who asked for it is answered.
    func afterNext(_ happening: @escaping @Sendable () async throws -> Void) {
        state.withLock { $0.happening = happening }
    }

    func lend<R>(_ body: (Connection) async throws -> R) async throws -> R {
        let result = try await pool.lend(body)
        let happening = state.withLock { state in
            defer { state.happening = nil }
            state.lends += 1
            return state.happening
        }
        try await happening?()
        return result
    }
}
