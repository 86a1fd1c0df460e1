import Testing

@testable import Postgres

struct PostgresTimestampTests {
    @Test(
        arguments: [
            (0, 0), (1, 0), (999_999, 0), (1_000_000, 1), (-1, -1), (-1_000_000, -1), (-1_000_001, -2),
        ] as [(Int64, Int64)]
    )
    func `seconds are rounded towards the past`(microseconds: Int64, seconds: Int64) {
        #expect(PostgresTimestamp(microseconds: microseconds).seconds == seconds)
    }

    @Test func `the wire form counts from 2000 and back`() {
        let moment = PostgresTimestamp(microseconds: 946_684_800_000_001)
        #expect(moment.wire == 1)
        #expect(PostgresTimestamp(wire: 1) == moment)
    }

    @Test func `infinities are kept`() {
        #expect(PostgresTimestamp.infinity.wire == .max)
        #expect(PostgresTimestamp.negativeInfinity.wire == .min)
        #expect(PostgresTimestamp(wire: .max) == .infinity)
        #expect(PostgresTimestamp(wire: .min) == .negativeInfinity)
    }

    @Test func `what does not fit becomes a finite value the server refuses`() {
        #expect(PostgresTimestamp(microseconds: .min + 1).wire == .min + 1)
        #expect(PostgresTimestamp(microseconds: .min + 946_684_800_000_000).wire == .min + 1)
        #expect(PostgresTimestamp(microseconds: .min + 946_684_800_000_001).wire == .min + 1)
        #expect(PostgresTimestamp(microseconds: .min + 946_684_800_000_002).wire == .min + 2)
    }

    @Test func `the last years of the server do not fit`() {
        let last = Int64.max - 946_684_800_000_000
        #expect(PostgresTimestamp(wire: last - 1) == PostgresTimestamp(microseconds: .max - 1))
        #expect(PostgresTimestamp(wire: last) == nil)
        #expect(PostgresTimestamp(wire: last + 1) == nil)
    }

    @Test func `seconds beyond the range become an infinity`() {
        #expect(PostgresTimestamp(seconds: .max) == .infinity)
        #expect(PostgresTimestamp(seconds: .min) == .negativeInfinity)
    }
}
