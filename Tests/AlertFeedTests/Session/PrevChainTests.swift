import AlertFeed
import Safeguarding
import TestSupport
import Testing

/// The promise of FEED/1 under random events, filters, acknowledgements, outages and reconnects.
struct PrevChainTests {
    @Test(arguments: 0..<60)
    func `every visible event comes in order with an unbroken chain`(_ seed: Int) async throws {
        var random = Jitter(seed: UInt64(seed) &+ 0xFEED)
        var reader = try await CheckedReader(log: MemoryAlertLog(), seed: seed)
        for _ in 0..<200 {
            switch random.pick(0...11) {
            case 0...5: await reader.publish(randomFacts(&random), isAnnounced: random.pick(0...3) > 0)
            case 6, 7: try await reader.acknowledge(portion: random.pick(1...4))
            case 8: await reader.session.pass(seconds: random.pick(1...90))
            case 9: reader.log.setAvailable(random.pick(0...2) > 0)
            case 10: try await reader.change(filter: Self.filters[random.pick(0...3)])
            default: try await reader.reconnect()
            }
            try reader.check()
        }
        try await reader.catchUp()
    }

    private static let filters = ["", "category:hotel", "-category:park", "area:E05A urgency>=high"]

    private func randomFacts(_ random: inout Jitter) -> FeedFacts {
        FeedFacts(
            urgency: Urgency.allCases[random.pick(0...3)],
            category: [.hotel, .park, .taxiRank][random.pick(0...2)],
            areas: [["E05A", "E05B"][random.pick(0...1)]]
        )
    }
}

/// A reader of one subscription that checks every line against what was published.
private struct CheckedReader {
    let log: MemoryAlertLog
    let seed: Int
    private(set) var session: PureSession
    private var facts: [Int64: FeedFacts] = [:]
    private var filter = ""
    /// Filters of this connection, each in force behind its position until the next.
    private var history: [(after: Int64, filter: FeedFilter)] = []
    /// The last position sent, or where the subscription began.
    private var last: Int64 = 0
    /// The highest position whose acknowledgement was confirmed.
    private var acked: Int64 = 0

    init(log: MemoryAlertLog, seed: Int) async throws {
        self.log = log
        self.seed = seed
        session = await PureSession.loggedIn(log: log)
        try await subscribe(from: "floor")
    }

    mutating func publish(_ fact: FeedFacts, isAnnounced: Bool) async {
        let event = log.publish(in: .open, facts: fact)
        facts[event.seq] = fact
        if isAnnounced { session.machine.logMayHaveGrown() }
        await session.settle()
    }

    mutating func acknowledge(portion: Int) async throws {
        try check()
        let span = last - acked
        guard span > 0 else { return }
        await session.send("@a ACK desk \(acked + max(1, span / Int64(portion)))")
        try check()
    }

    mutating func change(filter new: String) async throws {
        log.setAvailable(true)
        await session.pass(seconds: 1)
        try check()
        guard session.machine.end == nil else { return }
        filter = new
        let changes = history.count
        await session.send("FILTER desk \(filter)".trimmed)
        try check()
        #expect(history.count == changes + 1, "seed \(seed): the filter was not taken")
    }

    mutating func reconnect() async throws {
        log.setAvailable(true)
        try check()
        session = await PureSession.loggedIn(log: log)
        try await subscribe(from: "resume")
    }

    /// Acknowledges everything until nothing is left, then looks for what was missed.
    mutating func catchUp() async throws {
        try await reconnect()
        for _ in 0..<40 {
            try check()
            await session.send("ACK desk \(last)")
            await session.pass(seconds: 3)
        }
        try check()
        #expect(visible(in: (last + 1)...Int64.max).isEmpty, "seed \(seed): events never came")
    }

    private mutating func subscribe(from: String) async throws {
        await session.send("SUB desk FROM \(from) WINDOW 20 FILTER \(filter)".trimmed)
        let lines = session.takeLines()
        let reply = try #require(lines.first)
        let at = try #require(ServerReply.field("at", of: reply))
        #expect(at >= acked, "seed \(seed): an acknowledgement was lost")
        if at > last {
            #expect(visible(in: (last + 1)...at).isEmpty, "seed \(seed): the cursor jumped over events")
        }
        (last, acked) = (at, at)
        history = [(0, try FilterParser.parse(filter))]
        for line in lines.dropFirst() { try follow(line) }
    }

    /// Checks what has been said.
    mutating func check() throws {
        for line in session.takeLines() { try follow(line) }
    }

    private mutating func follow(_ line: String) throws {
        switch ServerMessage(line) {
        case .event(let event):
            #expect(event.prev == last, "seed \(seed): \(line)")
            #expect(event.seq > event.prev, "seed \(seed): \(line)")
            if event.seq - event.prev > 1 {
                #expect(
                    visible(in: (event.prev + 1)...(event.seq - 1)).isEmpty,
                    "seed \(seed): \(line) skips events"
                )
            }
            last = event.seq
        case .ok(_, let words) where words.first == "ACK": acked = max(acked, words.last.flatMap { Int64($0) } ?? 0)
        case .ok(_, let words) where words.first == "FILTER":
            history.append((ServerReply.field("effective", of: line) ?? 0, try FilterParser.parse(filter)))
        default: break
        }
    }

    /// Events of a range that the filter in force at each position admits.
    private func visible(in range: ClosedRange<Int64>) -> [Int64] {
        facts.filter { seq, fact in
            guard range.contains(seq), let filter = history.last(where: { $0.after < seq })?.filter else {
                return false
            }
            return filter.admits(fact, in: .open)
        }.map(\.key)
    }
}

enum ServerReply {
    static func field(_ key: String, of line: String) -> Int64? {
        line.split(separator: " ").first { $0.hasPrefix(key + "=") }.flatMap { Int64($0.dropFirst(key.count + 1)) }
    }
}

extension String {
    fileprivate var trimmed: String { hasSuffix(" ") ? String(dropLast()) : self }
}
