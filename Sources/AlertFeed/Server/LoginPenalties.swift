/// How long an address, or an id, waits for the answer to a refused login: twice as long each time, forgiven after a while.
///
/// Only refusals are slowed, so a guesser behind an office router does not slow the office.
package struct LoginPenalties: Sendable {
    private struct Record {
        var refusals: Int
        var last: Duration
    }

    private let limits: FeedLimits
    /// By address or id.
    private var records: [String: Record] = [:]

    package init(limits: FeedLimits) {
        self.limits = limits
    }

    /// Addresses or ids remembered.
    package var count: Int { records.count }

    /// Counts a refusal; the delay before it is answered.
    package mutating func refused(_ key: String, at now: FeedInstant) -> Duration {
        if records[key] == nil, records.count >= limits.addressesRemembered { forget(at: now) }
        var record = records[key] ?? Record(refusals: 0, last: now.elapsed)
        if now.elapsed - record.last >= limits.loginForgiveness { record.refusals = 0 }
        let doublings = min(record.refusals, 16)
        record.refusals += 1
        record.last = now.elapsed
        records[key] = record
        return min(limits.loginDelay * (1 << doublings), limits.loginDelayMaximum)
    }

    /// Drops what is forgiven; when everything is recent, the older half.
    private mutating func forget(at now: FeedInstant) {
        records = records.filter { now.elapsed - $0.value.last < limits.loginForgiveness }
        guard records.count >= limits.addressesRemembered else { return }
        let newer = records.sorted { $0.value.last > $1.value.last }.prefix(limits.addressesRemembered / 2)
        records = Dictionary(uniqueKeysWithValues: newer.map { ($0.key, $0.value) })
    }
}
