/// Which statements the server has parsed under which names, least recently used last.
///
/// A statement is prepared when it is seen for the second time: many run once, and preparing costs a round trip.
/// Without I/O: the session prepares, and deallocates what falls out.
struct StatementCache {
    /// A statement text and the types of its parameters.
    ///
    /// The text is identified by its address: it is part of the program and never moves. Two copies of one text in the
    /// program are two statements, which is correct if not thrifty.
    struct Key: Hashable {
        private let address: UInt
        private let length: Int
        private let types: [PostgresType]

        init(_ statement: Statement) {
            address = unsafe UInt(bitPattern: statement.sql.utf8Start)
            length = statement.sql.utf8CodeUnitCount
            types = statement.parameters.map(\.type)
        }
    }

    /// How to run a statement.
    enum Plan: Equatable {
        /// Parse and run it in one step, without a name.
        case parse
        /// Prepare it under this name, then run it.
        case prepare(String)
        /// Run it by this name.
        case execute(String)
    }

    /// What the server should be told to forget, when there is a moment for it.
    enum Deallocation: Equatable {
        case names([String])
        /// Everything, since what the server still knows is not certain.
        case all
    }

    private struct Entry {
        /// nil until the statement is prepared.
        var name: String?
        var lastUse: UInt64
    }

    /// Most statements per connection: each holds its plan in the server's memory, some 10 to 100 KiB.
    static let defaultCapacity = 256

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var namesMade: UInt64 = 0
    private var discarded = Deallocation.names([])

    init(capacity: Int = Self.defaultCapacity) {
        self.capacity = max(capacity, 1)
    }

    /// The number of statements that are prepared.
    var preparedCount: Int { entries.values.count { $0.name != nil } }

    /// Says how to run a statement, counting this as a use.
    ///
    /// One to be prepared counts as prepared from now on; `forget` takes that back.
    mutating func plan(for key: Key) -> Plan {
        uses += 1
        guard let entry = entries[key] else {
            makeRoom()
            entries[key] = Entry(name: nil, lastUse: uses)
            return .parse
        }
        entries[key]?.lastUse = uses
        if let name = entry.name { return .execute(name) }
        namesMade += 1
        let name = "placeguard_\(namesMade)"
        entries[key]?.name = name
        return .prepare(name)
    }

    /// Forgets a statement whose preparation failed; the server does not know its name.
    mutating func forget(_ key: Key) {
        entries[key] = nil
    }

    /// Forgets all, after the server has said that a name or a plan is no longer valid.
    ///
    /// - Returns: Whether anything had been prepared, else there is no point in trying again.
    @discardableResult
    mutating func reset() -> Bool {
        guard preparedCount > 0 else { return false }
        entries = [:]
        discarded = .all
        return true
    }

    /// What is to be deallocated; nil if nothing is.
    ///
    /// Taking `all` forgets what has been prepared since, for that is deallocated with the rest.
    mutating func takeDeallocation() -> Deallocation? {
        if discarded == .names([]) { return nil }
        if discarded == .all { entries = [:] }
        defer { discarded = .names([]) }
        return discarded
    }

    private mutating func makeRoom() {
        guard entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else {
            return
        }
        entries[oldest.key] = nil
        if let name = oldest.value.name, case .names(let names) = discarded { discarded = .names(names + [name]) }
    }
}
