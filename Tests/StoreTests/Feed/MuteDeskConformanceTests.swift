import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// What readers rely on when they mute, on the real desk and on the double that FEED/1's tests use.
@Suite(needsServer)
struct MuteDeskConformanceTests {
    private let ana = Principal.coordinator("ana", clearances: [.statutory])
    private let ben = Principal.coordinator("ben", clearances: [.statutory])
    private let steward = Principal.steward("sue", clearances: [.statutory])

    private func request(_ terms: [FeedTerm], without: [FeedTerm] = [], forAll: Bool = false) -> MuteRequest {
        let filter = FeedFilter(inclusions: terms, exclusions: without, text: "terms")
        return MuteRequest(terms: filter, seconds: 3_600, reason: "works all week", isForAll: forAll)
    }

    /// Mutes and answers the id.
    private func mute(_ subject: any LogUnderTest, _ request: MuteRequest, _ reader: Principal) async throws -> MuteID {
        let id = try await subject.mutes.propose(request, by: reader).id
        _ = try await subject.mutes.confirm(id, by: reader)
        return id
    }

    /// Why a mute cannot be had; nil where it came into force.
    private func refusal(
        _ subject: any LogUnderTest,
        seconds: Int64 = 3_600,
        reason: String = "works all week"
    ) async throws -> MuteRefusal? {
        var asked = request([.area("E05-1")])
        (asked.seconds, asked.reason) = (seconds, reason)
        do {
            _ = try await mute(subject, asked, ana)
            return nil
        } catch let refusal as MuteRefusal {
            return refusal
        }
    }

    /// Commits an event of a new alert at a new place of the full view.
    private func publish(_ subject: any LogUnderTest, _ facts: FeedFacts) async throws {
        var facts = facts
        if facts.location != nil { facts.location = try await subject.place(category: .takeaway) }
        try await subject.publish(in: .full, facts)
    }

    /// Positions and types that a reader is sent from the floor on.
    private func sent(_ subject: any LogUnderTest, _ reader: Principal, _ filter: FeedFilter = .everything) async throws
        -> [String]
    {
        let start = try await subject.log.subscribe(reader, name: "all", from: .floor, filter: filter)
        return try await subject.page(start, reader, filter: filter).events.map { "\($0.seq) \($0.type.rawValue)" }
    }

    @Test(arguments: Implementation.allCases)
    func `a mute withholds what comes between its two events, for its author alone and on every replay`(
        on implementation: Implementation
    ) async throws {
        try await implementation.with { subject in
            let place = try await subject.place(category: .takeaway)
            let facts = FeedFacts(location: place, areas: ["E05-1"])
            try await publish(subject, facts)
            let proposal = try await subject.mutes.propose(request([.area("E05-1")]), by: ana)
            #expect(proposal.openAlerts == 1 && proposal.recentEvents == 1)
            try await publish(subject, facts)
            let live = try await subject.mutes.confirm(proposal.id, by: ana)
            #expect(try await subject.mutes.confirm(proposal.id, by: ana) == live)
            try await publish(subject, facts)
            #expect(try await subject.mutes.mutes(for: ana) == [live])
            #expect(try await subject.mutes.mutes(for: ben).isEmpty)
            try await subject.mutes.end(proposal.id, by: ana)
            try await subject.mutes.end(proposal.id, by: ana)
            try await publish(subject, facts)
            #expect(try await sent(subject, ana) == ["1 raised", "2 raised", "3 muted", "5 unmuted", "6 raised"])
            #expect(try await sent(subject, ben) == ["1 raised", "2 raised", "4 raised", "6 raised"])
            #expect(try await subject.mutes.mutes(for: ana).isEmpty)
            await #expect(throws: MuteRefusal.unknown) { try await subject.mutes.confirm(proposal.id, by: ana) }
            let open = try await subject.log.openAlerts(ana, filter: .everything, after: nil, limit: 10)
            #expect(open.map(\.event.seq) == [1, 2, 4, 6], "what is withheld is listed")
        }
    }

    @Test(arguments: Implementation.allCases)
    func `what a mute would have withheld counts events from before the log began anew`(
        on implementation: Implementation
    ) async throws {
        try await implementation.with { subject in
            let facts = FeedFacts(location: try await subject.place(category: .takeaway), areas: ["E05-1"])
            try await publish(subject, facts)
            try await subject.beginEpoch(in: .full)
            try await publish(subject, facts)
            #expect(try await subject.mutes.propose(request([.area("E05-1")]), by: ana).recentEvents == 2)
        }
    }

    @Test func `a mute that somebody else has in hand is waited for, not unknown`() async throws {
        try await Scene.with { scene in
            let subject = PostgresLogUnderTest(scene)
            let desk = subject.mutes
            let id = try await desk.propose(request([.area("E05-1")]), by: ana).id
            for isEnding in [false, true] {
                if isEnding { try await subject.passTime(of: id) }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    try await scene.fixture.owner.transaction(while: "holding a mute") { connection in
                        _ = try await connection.query("SELECT FROM placeguard.mute FOR UPDATE")
                        group.addTask {
                            if isEnding {
                                try await desk.end(id, by: ana)
                            } else {
                                _ = try await desk.confirm(id, by: ana)
                            }
                        }
                        try await scene.waitUntilBlocked()
                        #expect(try await desk.endOverdue() == 0, "who only looks for overdue ones passes it over")
                    }
                    try await group.waitForAll()
                }
            }
            #expect(try await desk.mutes(for: ana).isEmpty)
            #expect(try await scene.log(.full).count == 2)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `what cannot wait, has no place or no band, or was escalated, is never withheld`(
        on implementation: Implementation
    ) async throws {
        try await implementation.with { subject in
            let place = try await subject.place(category: .takeaway)
            _ = try await mute(subject, request([.area("E05-1")]), ana)
            func facts(_ type: EventType, _ urgency: Urgency, _ band: Band? = .red, at: LocationID?) -> FeedFacts {
                FeedFacts(
                    type: type,
                    cause: at == nil ? .unlocated : .risk,
                    urgency: urgency,
                    location: at,
                    areas: ["E05-1"],
                    bandTo: band
                )
            }
            for passing in [
                facts(.immediate, .immediate, at: place), facts(.claim, .immediate, at: place),
                facts(.escalated, .high, at: place), facts(.raised, .high, .unrated, at: place),
                facts(.reported, .high, nil, at: nil),
            ] { try await publish(subject, passing) }
            try await publish(subject, facts(.rising, .high, at: place))
            let expected = ["1 muted", "2 immediate", "3 claim", "4 escalated", "5 raised", "6 reported"]
            #expect(try await sent(subject, ana) == expected)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `terms of a kind are alternatives, kinds must all match, exclusions win`(on implementation: Implementation)
        async throws
    {
        try await implementation.with { subject in
            let place = try await subject.place(category: .takeaway)
            _ = try await mute(
                subject,
                request([.area("E05-1"), .area("E05-2"), .kind(.rising)], without: [.category(.park)]),
                ana
            )
            func facts(_ type: EventType, _ area: String, _ category: LocationCategory? = .takeaway) -> FeedFacts {
                FeedFacts(type: type, location: place, category: category, areas: [area], bandTo: .amber)
            }
            let withheld = [facts(.rising, "E05-1"), facts(.rising, "E05-2")]
            let passing = [
                facts(.raised, "E05-1"), facts(.rising, "E05-3"), facts(.rising, "E05-1", .park),
                FeedFacts(type: .rising, location: place),
            ]
            for facts in withheld + passing { try await publish(subject, facts) }
            #expect(try await sent(subject, ana) == ["1 muted", "4 raised", "5 rising", "6 rising", "7 rising"])
        }
    }

    @Test(arguments: Implementation.allCases)
    func `its time over, a mute ends by itself, and its end tells how much was withheld`(
        on implementation: Implementation
    ) async throws {
        try await implementation.with { subject in
            let place = try await subject.place(category: .takeaway)
            let facts = FeedFacts(location: place, areas: ["E05-1"])
            let mute = try await mute(subject, request([.location(place)]), ana)
            for _ in 0..<3 { try await subject.publish(nil, in: .full, facts: facts, closes: true) }
            #expect(try await subject.mutes.endOverdue() == 0)
            try await subject.passTime(of: mute)
            // Over, whether or not its end has been told.
            try await subject.publish(nil, in: .full, facts: facts, closes: true)
            #expect(try await subject.mutes.endOverdue() == 1)
            #expect(try await subject.mutes.endOverdue() == 0)
            let start = try await subject.log.subscribe(ana, name: "all", from: .floor, filter: .everything)
            let events = try await subject.page(start, ana).events
            #expect(events.map(\.type) == [.muted, .raised, .unmuted])
            #expect(events.map(\.rev) == [1, 1, 2])
            #expect(events.last?.body.contains(#""withheld":3}"#) == true, "\(events.last?.body ?? "")")
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a steward mutes one place for everybody, and any steward ends it`(on implementation: Implementation)
        async throws
    {
        try await implementation.with { subject in
            let place = try await subject.place(category: .takeaway)
            let facts = FeedFacts(location: place, areas: ["E05-1"])
            for (asked, by, refusal) in [
                (request([.location(place)], forAll: true), ana, MuteRefusal.notSteward),
                (request([.location(place), .area("E05-1")], forAll: true), steward, .notOnePlace),
                (request([.area("E05-1")], forAll: true), steward, .notOnePlace),
                (request([.location(place)], without: [.kind(.rising)], forAll: true), steward, .notOnePlace),
                (request([.kind(.rising)]), ana, .nowhere),
            ] {
                await #expect(throws: refusal) { try await subject.mutes.propose(asked, by: by) }
            }
            let mute = try await mute(subject, request([.location(place)], forAll: true), steward)
            try await subject.publish(nil, in: .full, facts: facts, closes: true)
            #expect(try await sent(subject, ana) == ["1 muted"])
            // Whatever they wait for: else it would be missing without a word.
            let grave = FeedFilter(inclusions: [.urgencyAtLeast(.high)], text: "urgency>=high")
            #expect(try await sent(subject, ana, grave) == ["1 muted"])
            #expect(try await subject.mutes.mutes(for: ben).map(\.isForAll) == [true])
            await #expect(throws: MuteRefusal.unknown) { try await subject.mutes.end(mute, by: ana) }
            try await subject.mutes.end(mute, by: .steward("tom", clearances: [.statutory]))
            try await subject.publish(nil, in: .full, facts: facts, closes: true)
            #expect(try await sent(subject, ben) == ["1 muted", "3 unmuted", "4 raised"])
            #expect(try await sent(subject, ben, grave) == ["1 muted", "3 unmuted", "4 raised"])
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a mute for everybody is told to, and ended by, those only who may see its place`(
        on implementation: Implementation
    ) async throws {
        try await implementation.with { subject in
            let place = try await subject.place(category: .takeaway)
            try await subject.publish(in: .full, FeedFacts(location: place, areas: ["E05-1"]))
            let mute = try await mute(subject, request([.location(place)], forAll: true), steward)
            let (here, elsewhere) = (["E05-1"], ["E05-2"])
            for (areas, count) in [(here, 1), ([], 1), (elsewhere, 0)] {
                let reader = Principal.coordinator("cleo", areas: areas, clearances: [.statutory])
                #expect(try await subject.mutes.mutes(for: reader).count == count, "\(areas)")
            }
            var stranger = Principal.steward("tom", clearances: [.statutory])
            stranger.areas = elsewhere
            await #expect(throws: MuteRefusal.unknown) { try await subject.mutes.end(mute, by: stranger) }
            try await subject.link(person: "una", to: place)
            let linked = Principal.steward("una", clearances: [.statutory])
            await #expect(throws: MuteRefusal.unknown) { try await subject.mutes.end(mute, by: linked) }
            stranger.areas = here
            try await subject.mutes.end(mute, by: stranger)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a mute is its author's, in the view in which it was asked for`(on implementation: Implementation) async throws
    {
        try await implementation.with { subject in
            let place = try await subject.place(category: .takeaway)
            let id = try await subject.mutes.propose(request([.area("E05-1")]), by: ana).id
            for stranger in [ben, .coordinator("ana")] {
                await #expect(throws: MuteRefusal.unknown) { try await subject.mutes.confirm(id, by: stranger) }
            }
            _ = try await subject.mutes.confirm(id, by: ana)
            await #expect(throws: MuteRefusal.unknown) { try await subject.mutes.end(id, by: ben) }
            try await subject.publish(in: .open, FeedFacts(location: place, areas: ["E05-1"]))
            #expect(try await sent(subject, .coordinator("ana")) == ["1 raised"])
            // What is meant for one reader passes whatever the filter asks for, and nobody else sees it.
            let narrow = FeedFilter(inclusions: [.kind(.rising)], text: "kind:rising")
            #expect(try await sent(subject, ana, narrow) == ["1 muted"])
            #expect(try await sent(subject, ben, narrow).isEmpty)
            let without = FeedFilter(exclusions: [.kind(.muted)], text: "-kind:muted")
            #expect(try await sent(subject, ana, without).isEmpty)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `sixteen mutes are a person's most, asked for or in force`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            let asked = request([.area("E05-1")])
            for _ in 0..<16 { _ = try await mute(subject, asked, ana) }
            await #expect(throws: MuteRefusal.tooMany) { try await subject.mutes.propose(asked, by: ana) }
            for _ in 0..<16 { _ = try await subject.mutes.propose(asked, by: ben) }
            await #expect(throws: MuteRefusal.tooMany) { try await subject.mutes.propose(asked, by: ben) }
            let first = try #require(try await subject.mutes.mutes(for: ana).first)
            try await subject.mutes.end(first.id, by: ana)
            _ = try await mute(subject, asked, ana)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a seventeenth mute is refused when it is confirmed`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            let asked = request([.area("E05-1")])
            for _ in 0..<15 { _ = try await mute(subject, asked, ana) }
            let sixteenth = try await subject.mutes.propose(asked, by: ana).id
            let seventeenth = try await subject.mutes.propose(asked, by: ana).id
            _ = try await subject.mutes.confirm(sixteenth, by: ana)
            await #expect(throws: MuteRefusal.tooMany) { try await subject.mutes.confirm(seventeenth, by: ana) }
            #expect(try await subject.mutes.mutes(for: ana).count == 16)
            try await subject.mutes.end(sixteenth, by: ana)
            _ = try await subject.mutes.confirm(seventeenth, by: ana)
        }
    }

    @Test(arguments: [(299, true), (300, true), (301, false)])
    func `a mute is confirmed within 300 seconds or not at all`(_ seconds: Int64, _ isInTime: Bool) async throws {
        for implementation in Implementation.allCases {
            try await implementation.with { subject in
                let id = try await subject.mutes.propose(request([.area("E05-1")]), by: ana).id
                if isInTime {
                    #expect(try await subject.confirm(id, by: ana, after: seconds).id == id)
                } else {
                    await #expect(throws: MuteRefusal.unknown) {
                        try await subject.confirm(id, by: ana, after: seconds)
                    }
                }
                #expect(try await subject.log.position(of: .full).head == (isInTime ? 1 : 0))
            }
        }
    }

    @Test(arguments: [(300, true), (301, false)])
    func `asking again forgets what can no longer be confirmed, and nothing else`(_ seconds: Double, _ isInTime: Bool)
        async throws
    {
        try await Scene.with { scene in
            let id = try await scene.mutes.propose(request([.area("E05-1")]), by: ana).id
            try await scene.withClockStopped(for: .assessor) { connection in
                _ = try await scene.rows(
                    "UPDATE placeguard.mute SET asked = placeguard.clock_timestamp() - make_interval(secs => $1)",
                    [.double(seconds)]
                )
                let desk = scene.muteDesk(writing: connection)
                _ = try await desk.propose(request([.area("E05-2")]), by: ana)
                let kept = try await scene.count("SELECT count(*) FROM placeguard.mute WHERE id = $1", [.id(id)])
                #expect(kept == (isInTime ? 1 : 0))
                if isInTime { #expect(try await desk.confirm(id, by: ana).id == id) }
            }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a mute lasts from a minute to 72 hours`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            for seconds in [60, 61, 4_319 * 60, 4_320 * 60 - 1, 4_320 * 60] as [Int64] {
                let refusal = try await refusal(subject, seconds: seconds)
                #expect(refusal == nil, "\(seconds)")
            }
            for seconds in [59, 4_320 * 60 + 1, 4_321 * 60] as [Int64] {
                let refusal = try await refusal(subject, seconds: seconds)
                #expect(refusal == .outOfBounds, "\(seconds)")
            }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a reason has ten characters at least, however many bytes`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            for (count, expected) in [(9, .reasonTooShort), (10, nil), (11, nil)] as [(Int, MuteRefusal?)] {
                let reason = String(repeating: "\u{E4}", count: count)
                let refusal = try await refusal(subject, reason: reason)
                #expect(refusal == expected, "\(count)")
            }
            for blank in [" ", "\u{A0}", "\u{200B}"] {
                let reason = String(repeating: "\u{E4}", count: 9) + String(repeating: blank, count: 9)
                #expect(try await refusal(subject, reason: reason) == .reasonTooShort, "\(reason.debugDescription)")
            }
        }
    }
}

extension Principal {
    static func steward(
        _ person: String,
        agency: String = "licensing",
        areas: [String] = [],
        clearances: Set<Clearance> = []
    ) -> Principal {
        var principal = coordinator(person, agency: agency, areas: areas, clearances: clearances)
        principal.role = .steward
        return principal
    }
}
