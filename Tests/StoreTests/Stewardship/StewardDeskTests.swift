import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// What people record about a place, and what is refused.
@Suite(needsServer)
struct StewardDeskTests {
    private let full = Steward.named("dasha", clearances: [.statutory])
    private let open = Steward.named("ben")

    @Test func `a control is recorded with its due row and its audit entry`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            let then = Moment(seconds: 1_700_000_000)
            try await scene.desk.control(
                "staff-trained",
                at: place,
                state: .verified,
                moment: then,
                note: "seen",
                by: open
            )
            try await scene.report(at: place)
            let seen = Seen()
            try await scene.drain(seeing: seen)
            let control = try #require(seen.locations.first?.controls.first)
            #expect(control.code == "staff-trained")
            #expect(control.state == .verified)
            #expect(control.verified == then)
            #expect(control.at == then)
            #expect(control.recorded > then)
            let audit = try await scene.rows(
                "SELECT actor, action, subject, detail FROM placeguard.audit_entry WHERE action = 'control'"
            )
            #expect(try audit[0].text(0) == "person:ben")
            #expect(try audit[0].text(2) == place.text)
            #expect(try audit[0].text(3) == "staff-trained verified")
        }
    }

    @Test func `the latest state of a control counts, by its moment and not by its entry`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            try await scene.desk.control("staff-trained", at: place, state: .failed, moment: nil, note: nil, by: open)
            try await scene.desk.control(
                "staff-trained",
                at: place,
                state: .verified,
                moment: Moment(seconds: 1_700_000_000),
                note: nil,
                by: open
            )
            let seen = Seen()
            try await scene.drain(seeing: seen)
            #expect(seen.locations.first?.controls.map(\.state) == [.failed])
            #expect(seen.locations.first?.controls.first?.verified == nil)
        }
    }

    @Test func `an inspection clears a structural sign and no other`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            try await scene.desk.inspect(place, clearedSign: "hidden-back-room", moment: nil, by: open)
            let seen = Seen()
            try await scene.drain(seeing: seen)
            #expect(seen.locations.first?.inspections.map(\.sign) == ["hidden-back-room"])
            await #expect(throws: StewardRefusal.notStructural) {
                try await scene.desk.inspect(place, clearedSign: "shop-tick-debt", moment: nil, by: open)
            }
            await #expect(throws: StewardRefusal.unknownSign) {
                try await scene.desk.inspect(place, clearedSign: "no-such-sign", moment: nil, by: open)
            }
        }
    }

    @Test func `what cannot stand is refused by name and leaves nothing`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            let now = Moment(try await scene.rows("SELECT clock_timestamp()")[0].timestamp(0))
            let desk = scene.desk
            await #expect(throws: StewardRefusal.unknownControl) {
                try await desk.control("nothing", at: place, state: .claimed, moment: nil, note: nil, by: open)
            }
            await #expect(throws: StewardRefusal.momentInFuture) {
                try await desk.control(
                    "staff-trained",
                    at: place,
                    state: .claimed,
                    moment: now + 60,
                    note: nil,
                    by: open
                )
            }
            await #expect(throws: StewardRefusal.momentInFuture) {
                try await desk.inspect(place, clearedSign: "hidden-back-room", moment: now + 60, by: open)
            }
            await #expect(throws: StewardRefusal.untilNotLater) {
                try await desk.judge(place, band: .red, reason: "known", until: now - 1, by: open)
            }
            await #expect(throws: StewardRefusal.reasonRequired) {
                try await desk.judge(place, band: .red, reason: " \n\u{200B}", until: now + 600, by: open)
            }
            await #expect(throws: StoreError.self) {
                try await desk.judge(place, band: .unrated, reason: "known", until: now + 600, by: open)
            }
            await #expect(throws: StewardRefusal.nothingToReview) {
                try await desk.review(place, outcome: "visited", closes: false, displaced: nil, by: open)
            }
            await #expect(throws: StewardRefusal.reasonRequired) {
                try await desk.review(place, outcome: "visited", closes: true, displaced: nil, by: open)
            }
            await #expect(throws: StewardRefusal.unknownLocation) {
                try await desk.releaseLADO(LocationID(UniqueID(high: 1, low: 1)), released: true, by: open)
            }
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due") == 0)
            let audits = "SELECT count(*) FROM placeguard.audit_entry WHERE actor = 'person:ben'" as StaticString
            #expect(try await scene.count(audits) == 0)
        }
    }

    @Test func `whoever is linked to a place, or may not see it, does nothing there`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place(areas: ["E05-1"])
            let hidden = try await scene.place("Hidden", register: false)
            try await scene.link(agency: "cctv", to: place)
            await #expect(throws: StewardRefusal.conflictOfInterest) {
                try await scene.desk.releaseLADO(place, released: true, by: .named("eve", agency: "cctv"))
            }
            await #expect(throws: StewardRefusal.unknownLocation) {
                try await scene.desk.releaseLADO(place, released: true, by: .named("eve", areas: ["E09"]))
            }
            await #expect(throws: StewardRefusal.unknownLocation) {
                try await scene.desk.releaseLADO(hidden, released: true, by: open)
            }
            try await scene.desk.releaseLADO(hidden, released: true, by: full)
            try await scene.desk.releaseLADO(place, released: true, by: .named("eve", areas: ["E05-1"]))
        }
    }

    @Test func `a judgement belongs to the view its author read and puts a row for its end`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            let until = Moment(try await scene.rows("SELECT clock_timestamp()")[0].timestamp(0)) + 3_600
            try await scene.desk.judge(place, band: .red, reason: "known to the team", until: until, by: full)
            try await scene.desk.judge(place, band: .amber, reason: "visited", until: until, by: open)
            let due = try await scene.rows("SELECT priority FROM placeguard.due WHERE due_at = $1", [.moment(until)])
            #expect(try due.map { try $0.int16(0) } == [2, 2])
            let seen = Seen()
            try await scene.drain(seeing: seen)
            let judgements = seen.locations.first?.judgements ?? []
            #expect(judgements.map(\.view) == [.full, .open])
            #expect(judgements.map(\.band) == [.red, .amber])
            let now = try #require(seen.calls.first?.context.now)
            #expect(judgements.filter { $0.counts(in: .open, at: now) }.map(\.band) == [.amber])
            #expect(judgements.filter { $0.counts(in: .full, at: now) }.map(\.band) == [.red, .amber])
        }
    }

    @Test func `a review settles what its reader has seen: a full one both views, an open one its own`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            try await scene.report(at: place, receivedAgo: 500)
            try await scene.report(at: place, agency: "police", compartment: .policeIntel, receivedAgo: 100)
            let seen = Seen()
            try await scene.drain(seeing: seen)
            let items = seen.locations[0].items
            let (openReceived, fullReceived) = (items[0].received, items[1].received)

            try await scene.desk.review(place, outcome: "visited", closes: false, displaced: nil, by: open)
            try await scene.drain(seeing: seen)
            #expect(seen.locations.last?.reviews.map(\.view) == [.open])
            #expect(seen.locations.last?.reviews.map(\.at) == [openReceived])

            try await scene.desk.review(place, outcome: "closed", closes: true, displaced: .unknown, by: full)
            try await scene.drain(seeing: seen)
            let reviews = try #require(seen.locations.last?.reviews.dropFirst())
            #expect(reviews.map(\.view) == [.open, .full])
            #expect(reviews.map(\.at) == [openReceived, fullReceived])
            #expect(reviews.allSatisfy { $0.closes })
            let stored = try await scene.rows(
                """
                SELECT r.displaced, a.view FROM placeguard.review r JOIN placeguard.assessment a ON a.id = r.assessment
                WHERE r.closes ORDER BY r.id
                """
            )
            #expect(try stored.map { try $0.text(0) } == ["unknown", "unknown"])
            #expect(try stored.map { try $0.text(1) } == ["full", "full"])
        }
    }

    @Test func `a review of what was read before something came is refused in the view in which it came`() async throws
    {
        try await Scene.with { scene in
            let place = try await scene.place()
            func review(asOf read: Moment?, by steward: Steward) async throws {
                try await scene.desk.review(
                    place,
                    outcome: "visited",
                    closes: false,
                    displaced: nil,
                    asOf: read,
                    by: steward
                )
            }
            try await scene.report(at: place, receivedAgo: 500)
            try await scene.drain()
            // As an hour ago; what comes next is assessed now.
            for change: StaticString in [
                "ALTER TABLE placeguard.assessment DISABLE TRIGGER USER",
                "UPDATE placeguard.assessment SET at = at - interval '1 hour'",
                "ALTER TABLE placeguard.assessment ENABLE TRIGGER USER",
            ] { _ = try await scene.fixture.owner.lend { try await $0.query(Statement(change)) } }
            let assessed = try await scene.rows("SELECT max(at) FROM placeguard.assessment")[0].moment(0)
            await #expect(throws: StewardRefusal.changed) { try await review(asOf: assessed, by: open) }
            try await review(asOf: assessed + 1, by: open)
            try await scene.report(at: place, agency: "police", compartment: .policeIntel, receivedAgo: 100)
            try await review(asOf: assessed + 1, by: full)
            try await scene.drain()
            await #expect(throws: StewardRefusal.changed) { try await review(asOf: assessed + 1, by: full) }
            try await review(asOf: assessed + 1, by: open)
            try await review(asOf: nil, by: full)
            #expect(try await scene.count("SELECT count(*) FROM placeguard.review") == 6)
        }
    }

    @Test func `a place with nothing but restricted items gives the open view no review`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            try await scene.report(at: place, agency: "police", compartment: .policeIntel)
            try await scene.drain()
            await #expect(throws: StewardRefusal.nothingToReview) {
                try await scene.desk.review(place, outcome: "visited", closes: false, displaced: nil, by: open)
            }
            try await scene.desk.review(place, outcome: "visited", closes: false, displaced: nil, by: full)
            let views = try await scene.rows("SELECT view FROM placeguard.review")
            #expect(try views.map { try $0.text(0) } == ["full"])
        }
    }
}

extension Scene {
    var desk: StewardDesk {
        StewardDesk(fixture.admin, notice: DueNotice(bell: bell, logger: fixture.logger))
    }
}

extension Steward {
    static func named(
        _ person: String,
        agency: String = "licensing",
        areas: [String] = [],
        clearances: Set<Clearance> = []
    ) -> Steward {
        Steward(
            actor: "person:" + person,
            reader: Reader(subject: person, agency: agency, person: person, clearances: clearances, areas: areas)
        )
    }
}
