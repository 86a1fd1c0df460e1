import Postgres
import Testing

@testable import Store

struct AuditChainTests {
    private func entry(_ number: Int64, detail: String = "reports=1") -> AuditChain.Entry {
        AuditChain.Entry(
            number: number,
            at: PostgresTimestamp(microseconds: 1_790_000_000_123_456),
            actor: "agency:a",
            action: "report.create",
            subject: "a",
            detail: detail,
            digest: nil
        )
    }

    private func hashes(_ entries: [AuditChain.Entry]) -> [[UInt8]?] {
        var chain = AuditChain()
        return entries.map { chain.append($0) }
    }

    @Test func `a change in one entry changes every hash from there on`() {
        let before = hashes([entry(1), entry(2), entry(3)])
        let after = hashes([entry(1), entry(2, detail: "reports=2"), entry(3)])
        #expect(before[0] == after[0])
        #expect(before[1] != after[1])
        #expect(before[2] != after[2])
    }

    @Test func `a number left out is noticed`() {
        #expect(hashes([entry(1), entry(3)])[1] == nil)
        #expect(hashes([entry(2)])[0] == nil)
    }

    @Test func `text cannot be moved from one field to the next`() {
        var moved = entry(1)
        moved.subject = "areports"
        moved.detail = "=1"
        var original = entry(1)
        original.subject = "a"
        original.detail = "reports=1"
        #expect(hashes([moved]) != hashes([original]))
    }

    @Test func `no digest and an empty digest are not the same`() {
        var empty = entry(1)
        empty.digest = []
        #expect(hashes([empty]) != hashes([entry(1)]))
    }
}
