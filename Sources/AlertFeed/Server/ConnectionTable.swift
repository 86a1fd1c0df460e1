import DequeModule

/// A connection of this server, in order of arrival.
package struct ConnectionID: Hashable, Comparable, Sendable {
    package let number: UInt64

    package init(number: UInt64) {
        self.number = number
    }

    package static func < (a: ConnectionID, b: ConnectionID) -> Bool { a.number < b.number }
}

/// Who may be connected: pure counts, no sockets (PROTOCOL.md "Limits").
///
/// A connection waits until it has logged in. Waiting places are few, and the oldest waiting connection makes room for a new
/// one; some are kept for addresses that have logged in before, so that silent strangers cannot shut coordinators out.
package struct ConnectionTable: Sendable {
    package enum Admission: Sendable, Hashable {
        /// Admitted; the one named has to go, because it waited longest.
        case admitted(displacing: ConnectionID?)
        case refused(Refusal)
    }

    /// The closed list of refusals, for the counter.
    package enum Refusal: String, Sendable, CaseIterable {
        case tooMany = "too-many"
        case tooManyOfAddress = "too-many-of-address"
        case draining
    }

    private struct Entry {
        var address: String
        var user: String?
    }

    private let limits: FeedLimits
    private var entries: [ConnectionID: Entry] = [:]
    private var waiting: Set<ConnectionID> = []
    private var ofAddress: [String: Int] = [:]
    private var ofUser: [String: Int] = [:]
    private var known: BoundedSet

    package init(limits: FeedLimits) {
        self.limits = limits
        known = BoundedSet(capacity: limits.addressesRemembered)
    }

    package var count: Int { entries.count }
    package var waitingCount: Int { waiting.count }

    /// A connection has arrived.
    package mutating func admit(_ id: ConnectionID, from address: String) -> Admission {
        guard entries.count < limits.connections else { return .refused(.tooMany) }
        guard ofAddress[address, default: 0] < limits.connectionsPerAddress else { return .refused(.tooManyOfAddress) }
        let displaced = displaced(by: address)
        if let displaced { waiting.remove(displaced) }
        entries[id] = Entry(address: address)
        waiting.insert(id)
        ofAddress[address, default: 0] += 1
        return .admitted(displacing: displaced)
    }

    /// Which waiting connection has to go for one more from an address.
    private func displaced(by address: String) -> ConnectionID? {
        let own = waiting.filter { entries[$0]?.address == address }
        if own.count >= limits.waitingPerAddress { return own.min() }
        let strangers = waiting.filter { !isKnown($0) }
        if known.contains(address) {
            return waiting.count >= limits.waiting ? strangers.min() ?? waiting.min() : nil
        }
        return strangers.count >= limits.waiting - limits.waitingReserve || waiting.count >= limits.waiting
            ? strangers.min() ?? waiting.min() : nil
    }

    private func isKnown(_ id: ConnectionID) -> Bool { entries[id].map { known.contains($0.address) } ?? false }

    /// A connection has proved who it is; false when the user has too many.
    package mutating func enter(_ id: ConnectionID, as user: String) -> Bool {
        guard var entry = entries[id] else { return false }
        // Again, since the answer to the first time came too late for the client.
        if entry.user == user { return true }
        guard entry.user == nil else { return false }
        guard ofUser[user, default: 0] < limits.connectionsPerUser else { return false }
        entry.user = user
        entries[id] = entry
        waiting.remove(id)
        ofUser[user, default: 0] += 1
        known.insert(entry.address)
        return true
    }

    /// A connection is gone.
    package mutating func remove(_ id: ConnectionID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        waiting.remove(id)
        ConnectionTable.lower(&ofAddress, entry.address)
        if let user = entry.user { ConnectionTable.lower(&ofUser, user) }
    }

    private static func lower(_ counts: inout [String: Int], _ key: String) {
        let count = counts[key, default: 0] - 1
        counts[key] = count > 0 ? count : nil
    }
}

/// The most recent distinct texts, at most a fixed number of them.
struct BoundedSet: Sendable {
    private let capacity: Int
    private var members: Set<String> = []
    private var order: Deque<String> = []

    init(capacity: Int) {
        self.capacity = capacity
    }

    func contains(_ text: String) -> Bool { members.contains(text) }

    /// One that is there already becomes the most recent.
    mutating func insert(_ text: String) {
        if !members.insert(text).inserted, let index = order.firstIndex(of: text) { order.remove(at: index) }
        order.append(text)
        if order.count > capacity, let oldest = order.popFirst() { members.remove(oldest) }
    }
}
