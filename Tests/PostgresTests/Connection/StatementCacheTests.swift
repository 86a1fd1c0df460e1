import Testing

@testable import Postgres

struct StatementCacheTests {
    private let a = StatementCache.Key(Statement("SELECT 'a'"))
    private let b = StatementCache.Key(Statement("SELECT 'b'"))
    private let c = StatementCache.Key(Statement("SELECT 'c'"))

    private func prepared(_ keys: [StatementCache.Key], capacity: Int) -> StatementCache {
        var cache = StatementCache(capacity: capacity)
        for key in keys {
            _ = cache.plan(for: key)
            _ = cache.plan(for: key)
        }
        return cache
    }

    @Test func `a statement is prepared when it is seen for the second time`() {
        var cache = StatementCache()
        #expect(cache.plan(for: a) == .parse)
        #expect(cache.plan(for: a) == .prepare("placeguard_1"))
        #expect(cache.plan(for: a) == .execute("placeguard_1"))
        #expect(cache.plan(for: b) == .parse)
        #expect(cache.plan(for: b) == .prepare("placeguard_2"))
    }

    @Test func `types of parameters tell statements apart`() {
        func statement(_ value: PostgresValue) -> Statement { Statement("SELECT $1", [value]) }
        #expect(StatementCache.Key(statement(.int32(1))) == StatementCache.Key(statement(.int32(2))))
        #expect(StatementCache.Key(statement(.int32(1))) == StatementCache.Key(statement(.int32(nil))))
        #expect(StatementCache.Key(statement(.int32(1))) != StatementCache.Key(statement(.int64(1))))
    }

    @Test func `the least recently used falls out and is deallocated`() {
        var cache = prepared([a, b], capacity: 2)
        _ = cache.plan(for: a)
        #expect(cache.plan(for: c) == .parse)
        #expect(cache.preparedCount == 1)
        #expect(cache.takeDeallocation() == .names(["placeguard_2"]))
        #expect(cache.takeDeallocation() == nil)
        #expect(cache.plan(for: a) == .execute("placeguard_1"))
        #expect(cache.plan(for: b) == .parse)
    }

    @Test func `what was never prepared need not be deallocated`() {
        var cache = StatementCache(capacity: 1)
        _ = cache.plan(for: a)
        _ = cache.plan(for: b)
        #expect(cache.takeDeallocation() == nil)
    }

    @Test func `a preparation that failed is forgotten`() {
        var cache = prepared([a], capacity: 2)
        cache.forget(a)
        #expect(cache.plan(for: a) == .parse)
        #expect(cache.plan(for: a) == .prepare("placeguard_2"))
        #expect(cache.takeDeallocation() == nil)
    }

    @Test func `a reset deallocates everything, what came after it included`() {
        var cache = prepared([a, b], capacity: 4)
        let hadAny = cache.reset()
        #expect(hadAny)
        #expect(cache.plan(for: a) == .parse)
        #expect(cache.plan(for: a) == .prepare("placeguard_3"))
        #expect(cache.takeDeallocation() == .all)
        #expect(cache.plan(for: a) == .parse)
        #expect(cache.takeDeallocation() == nil)
    }

    @Test func `a reset of nothing is no reason to try again`() {
        var cache = StatementCache()
        _ = cache.plan(for: a)
        let hadAny = cache.reset()
        #expect(!hadAny)
        #expect(cache.takeDeallocation() == nil)
    }
}
