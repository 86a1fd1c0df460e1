import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// What meetings read of places: ranked, as of a moment, as their reader may know it.
@Suite(needsServer)
struct BriefingSourceTests {
    private let full = Reader.named("dasha", clearances: [.statutory])
    private let open = Reader.named("ben")

    @Test func `places are ranked by band, residual, points and id, and pages follow one another without a gap`()
        async throws
    {
        try await Scene.with { scene in
            var counts: [LocationID: Int] = [:]
            for index in 0..<9 {
                let place = try await scene.place("Place \(index)")
                let count = [1, 2, 4, 4, 6, 3, 2, 5, 1][index]
                for _ in 0..<count { try await scene.report(at: place, due: false) }
                if index == 8 { try await scene.report(["possible"], at: place, due: false) }
                try await scene.put("location", place.value)
                counts[place] = count
            }
            try await scene.drain()
            let all = try await scene.briefings.hotspots(.since(0), after: nil, reader: full)
            #expect(all.next == nil)
            #expect(all.places.map(\.band) == [.unrated, .red, .red, .red, .red, .amberPlus, .amber, .amber, .green])
            #expect(all.places.dropFirst().map { counts[$0.id] } == [6, 5, 4, 4, 3, 2, 2, 1])
            for limit in 1...4 {
                var query = BriefingQuery.since(0)
                query.limit = limit
                var paged: [LocationID] = []
                var mark: String?
                repeat {
                    let page = try await scene.briefings.hotspots(query, after: mark, reader: full)
                    #expect(page.places.count <= limit)
                    paged += page.places.map(\.id)
                    mark = page.next
                } while mark != nil
                #expect(paged == all.places.map(\.id), "limit \(limit)")
            }
            await #expect(throws: UnknownPageMark.self) {
                try await scene.briefings.hotspots(.since(0), after: "nonsense", reader: full)
            }
        }
    }

    @Test func `filters are applied: area, category, and band with unrated passing every one`() async throws {
        try await Scene.with { scene in
            let hotel = try await scene.place("Hotel", category: .hotel, areas: ["E05-1", "E06"])
            let shop = try await scene.place("Shop", areas: ["E05-2"])
            let doubtful = try await scene.place("Park", category: .park, areas: ["E06"])
            for _ in 0..<3 { try await scene.report(at: hotel) }
            try await scene.report(at: shop)
            try await scene.report(["possible"], at: doubtful)
            try await scene.drain()

            func found(_ change: (inout BriefingQuery) -> Void) async throws -> Set<LocationID> {
                var query = BriefingQuery.since(0)
                change(&query)
                let picture = try await scene.briefings.operational(query, reader: full)
                #expect(picture.matching == picture.places.count)
                #expect(picture.countsByBand.reduce(0) { $0 + ($1.count.text.asciiNumber ?? 0) } == picture.matching)
                let page = try await scene.briefings.hotspots(query, after: nil, reader: full)
                #expect(page.places.map(\.id) == picture.places.map(\.id))
                return Set(picture.places.map(\.id))
            }
            #expect(try await found { $0.area = "E06" } == [hotel, doubtful])
            #expect(try await found { $0.category = .takeaway } == [shop])
            #expect(try await found { $0.band = .amber } == [hotel, doubtful])
            #expect(try await found { $0.band = .unrated } == [doubtful])
            #expect(
                try await found {
                    $0.area = "E05-2"; $0.band = .red
                } == []
            )
            #expect(try await found { _ in } == [hotel, shop, doubtful])
        }
    }

    @Test func `areas of the token and links of its agency or person take places away`() async throws {
        try await Scene.with { scene in
            let mine = try await scene.place("Mine", areas: ["E05-1"])
            let other = try await scene.place("Other", areas: ["E05-2"])
            let nowhere = try await scene.place("Nowhere", areas: [])
            for place in [mine, other, nowhere] { try await scene.report(at: place) }
            try await scene.drain()
            try await scene.link(agency: "cctv", to: mine)

            func seen(_ reader: Reader) async throws -> Set<LocationID> {
                var single: Set<LocationID> = []
                for place in [mine, other, nowhere] where try await scene.briefings.place(place, reader: reader) != nil
                {
                    single.insert(place)
                }
                let listed = try await scene.briefings.operational(.since(0), reader: reader).places.map(\.id)
                #expect(Set(listed) == single)
                return single
            }
            #expect(try await seen(open) == [mine, other, nowhere])
            #expect(try await seen(.named("eve", areas: ["E05-1"])) == [mine, nowhere])
            #expect(try await seen(.named("eve", agency: "cctv")) == [other, nowhere])
            #expect(try await seen(.named("eve", agency: "cctv", areas: ["E05-1"])) == [nowhere])
            // An operator on the machine belongs to no agency.
            let admin = Reader(subject: "admin:root", agency: nil, person: nil, clearances: [.statutory], areas: [])
            #expect(try await seen(admin) == [mine, other, nowhere])
        }
    }

    @Test func `each view shows its own score, and only the full one points and exact counts`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            for _ in 0..<2 { try await scene.report(at: place) }
            for _ in 0..<6 { try await scene.report(at: place, agency: "cctv") }
            try await scene.report(at: place, agency: "police", compartment: .policeIntel)
            try await scene.drain()
            let openPlace = try #require(try await scene.briefings.place(place, reader: open))
            let fullPlace = try #require(try await scene.briefings.place(place, reader: full))
            #expect(openPlace.points == nil)
            #expect(fullPlace.points == Points(units: 9 * Points.one))
            #expect(openPlace.reportsByKind.map(\.count) == [.below(5), .exact(6)])
            // Six and at most four more: the total must not give the small one away.
            #expect(openPlace.reports == .below(11))
            // In the total, and not by its kind: a restricted item is listed without its agency.
            #expect(fullPlace.reportsByKind.map(\.count) == [.exact(2), .exact(6)])
            #expect(fullPlace.reports == .exact(9))
            #expect(!openPlace.hasRestrictedItems)
            #expect(fullPlace.hasRestrictedItems)
            #expect(openPlace.name == "Corner Shop")
            #expect(openPlace.openAlerts.map(\.cause) == [.risk])
            #expect(openPlace.openAlerts.map(\.id) != fullPlace.openAlerts.map(\.id))
        }
    }

    @Test func `restricted places are a cell without a name in the open view`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place("Harbour House", category: .careSettingVicinity, at: (-0.4171, 51.8793))
            try await scene.report(at: place)
            try await scene.drain()
            let shown = try #require(try await scene.briefings.place(place, reader: open))
            #expect(shown.name == nil)
            #expect(shown.isNameWithheld)
            #expect(shown.isCoarse)
            #expect(shown.longitude != -0.4171)
            #expect(abs(try #require(shown.longitude) + 0.4171) < 0.02)
            let known = try #require(try await scene.briefings.place(place, reader: full))
            #expect(known.name == "Harbour House")
            #expect(!known.isNameWithheld)
            #expect(!known.isCoarse)
            #expect(known.longitude == -0.4171)
            #expect(known.latitude == 51.8793)
        }
    }

    @Test func `the open view is told of a difference, of a lado one only once it is released`() async throws {
        try await Scene.with { scene in
            let police = try await scene.place("A")
            let lado = try await scene.place("B")
            for place in [police, lado] { try await scene.report(at: place) }
            try await scene.report(at: police, agency: "police", compartment: .statutoryOnly)
            try await scene.report(at: lado, compartment: .lado)
            try await scene.drain()

            func told(_ place: LocationID, _ reader: Reader) async throws -> Bool? {
                try await scene.briefings.place(place, reader: reader)?.contactCoordinator
            }
            #expect(try await told(police, open) == true)
            #expect(try await told(police, full) == false)
            #expect(try await told(lado, open) == false)
            try await scene.desk.releaseLADO(lado, released: true, by: .named("lado", clearances: [.statutory, .lado]))
            #expect(try await told(lado, open) == true)
            try await scene.desk.releaseLADO(
                lado,
                released: false,
                by: .named("lado", clearances: [.statutory, .lado])
            )
            #expect(try await told(lado, open) == false)
        }
    }

    @Test func `a place that is in no register and has restricted items only is not in the open view`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place(register: false)
            try await scene.report(at: place, agency: "police", compartment: .policeIntel)
            try await scene.drain()
            #expect(try await scene.briefings.place(place, reader: open) == nil)
            #expect(try await scene.briefings.operational(.since(0), reader: open).matching == 0)
            #expect(try await scene.briefings.place(place, reader: full) != nil)
        }
    }

    @Test func `a moment in the past is read as it was, and what changed since is told`() async throws {
        try await Scene.with { scene in
            let rising = try await scene.place("Rising")
            let withdrawn = try await scene.place("Withdrawn")
            let report = try await scene.report(at: withdrawn)
            try await scene.report(at: rising)
            try await scene.drain()
            for _ in 0..<4 { try await scene.report(at: rising) }
            try await scene.withdraw(report)
            try await scene.drainAll()
            // Move what was stored into the past by hand: the clock of the database is nobody's to set.
            try await scene.rewrite(rising, first: 1_000, second: 2_000)
            try await scene.rewrite(withdrawn, first: 1_000, second: nil)
            _ = try await scene.rows("UPDATE placeguard.assessment_end SET at = to_timestamp(1500)")

            func bands(at moment: Int64?) async throws -> [LocationID: Band] {
                var query = BriefingQuery.since(1_200)
                query.to = moment.map { Moment(seconds: $0) }
                let picture = try await scene.briefings.operational(query, reader: full)
                if let moment { #expect(picture.asOf == Moment(seconds: moment)) }
                #expect(picture.matching == picture.places.count)
                return Dictionary(uniqueKeysWithValues: picture.places.map { ($0.id, $0.band) })
            }
            #expect(try await bands(at: 999) == [:])
            #expect(try await bands(at: 1_000) == [rising: .green, withdrawn: .green])
            #expect(try await bands(at: 1_499) == [rising: .green, withdrawn: .green])
            #expect(try await bands(at: 1_500) == [rising: .green])
            #expect(try await bands(at: 2_000) == [rising: .red])
            #expect(try await bands(at: nil) == [rising: .red])
            let now = try await scene.briefings.operational(.since(1_200), reader: full)
            #expect(now.places.map(\.bandBefore) == [.green])
            #expect(try await scene.briefings.operational(.since(500), reader: full).places.map(\.bandBefore) == [nil])
            var past = BriefingQuery.since(1_200)
            past.to = Moment(seconds: 1_400)
            past.limit = 1
            let page = try await scene.briefings.hotspots(past, after: nil, reader: full)
            let next = try await scene.briefings.hotspots(past, after: page.next, reader: full)
            #expect(Set((page.places + next.places).map(\.id)) == [rising, withdrawn])
            #expect(next.next == nil)
        }
    }

    @Test func `the picture tells who reported, what belongs nowhere, and under which template`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            for _ in 0..<5 { try await scene.report(at: place) }
            try await scene.report(at: place, agency: "police", compartment: .policeIntel)
            try await scene.report(at: place, agency: "cctv")
            try await scene.report(at: nil, agency: "cctv")
            try await scene.report(at: nil, agency: "police", compartment: .statutoryOnly)
            try await scene.report(at: nil, agency: "police", compartment: .policeIntel)
            try await scene.drain()
            let shown = try await scene.briefings.operational(.since(0), reader: open)
            #expect(shown.partnership == "Marlowick")
            #expect(shown.view == .open)
            let open = Dictionary(uniqueKeysWithValues: shown.reportsByKind.map { ($0.kind, $0.count) })
            #expect(open[.licensing] == .exact(5))
            #expect(open[.cctv] == .below(5))
            #expect(open[.police] == .exact(0))
            #expect(open.count == AgencyKind.allCases.count)
            #expect(shown.unlocated == .below(5))
            let known = try await scene.briefings.operational(.since(0), reader: full)
            let full = Dictionary(uniqueKeysWithValues: known.reportsByKind.map { ($0.kind, $0.count) })
            #expect(full[.cctv] == .exact(2))
            // Reports of a compartment that the reader may not open are not counted either.
            #expect(full[.police] == .exact(1))
            // A number has no agency: it is exact for whoever reads the full view.
            #expect(known.unlocated == .exact(3))
            #expect(known.template == ("marlowick", 1, "Marlowick"))
            #expect(known.marking == "OFFICIAL-SENSITIVE")
            #expect(known.notice == nil)
            #expect(known.signLabels == ["shop-tick-debt": "Goods on credit"])
            #expect(known.categoryLabels == [.takeaway: "Takeaway"])
            #expect(known.countsByBand.map(\.band) == [.red])
            #expect(!known.handlingConditions)
            #expect(known.auditHead == nil)
            var quiet = BriefingQuery.since(0)
            quiet.from = known.asOf
            let silent = try await scene.briefings.operational(quiet, reader: self.full)
            #expect(silent.reportsByKind.allSatisfy { $0.count == .exact(0) })
        }
    }

    @Test func `a judgement shows beside the machine's band while it lasts`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            try await scene.report(at: place)
            try await scene.drain()
            let now = Moment(try await scene.rows("SELECT clock_timestamp()")[0].timestamp(0))
            try await scene.desk.judge(
                place,
                band: .red,
                reason: "known",
                until: now + 3_600,
                by: .named("dasha", clearances: [.statutory])
            )
            try await scene.drain()
            let known = try #require(try await scene.briefings.place(place, reader: full))
            #expect(known.band == .red)
            #expect(known.machineBand == .green)
            #expect(known.judgedBand == .red)
            let shown = try #require(try await scene.briefings.place(place, reader: open))
            #expect(shown.band == .green)
            #expect(shown.judgedBand == nil)
        }
    }

    @Test func `readiness tells the backlog`() async throws {
        try await Scene.with { scene in
            try await scene.report(at: try await scene.place(), receivedAgo: 30)
            let readiness = try await scene.briefings.readiness()
            #expect(readiness.schemaVersion == Migration.embedded.last?.version)
            #expect(readiness.dueNow == 1)
            #expect((29...120).contains(readiness.oldestDueSeconds))
            #expect(readiness.unsealedAudit > 0)
            #expect(!readiness.singleRole && !readiness.hasAsynchronousStandby)
            #expect((0..<0.5).contains(readiness.notificationQueueUse))
        }
    }

    @Test func `readiness sees what others hold open`() async throws {
        try await Scene.with { scene in
            try await scene.fixture.owner.transaction(while: "holding a transaction") { connection in
                let holder = try await connection.query("SELECT pg_backend_pid()")[0].int32(0)
                let isSeen = try await scene.fixture.briefing.lend { briefing in
                    try await briefing.query(
                        "SELECT xact_start IS NOT NULL FROM pg_stat_activity WHERE pid = $1",
                        [.int32(holder)]
                    )[0].bool(0)
                }
                #expect(isSeen, "else a transaction of another role would be held open unseen")
            }
        }
    }

    @Test func `without a template there is nothing to brief on`() async throws {
        try await StoreFixture.with { fixture in
            let briefings = PostgresBriefingSource(
                fixture.briefing,
                facts: .init(partnership: "Marlowick", isSingleRole: false)
            )
            await #expect(throws: StoreError.self) { try await briefings.operational(.since(0), reader: open) }
        }
    }
}

extension Scene {
    var briefings: PostgresBriefingSource {
        PostgresBriefingSource(fixture.briefing, facts: .init(partnership: "Marlowick", isSingleRole: false))
    }

    /// Moves the assessments of a place to given moments, in their order; triggers aside, as no role could.
    func rewrite(_ place: LocationID, first: Int64, second: Int64?) async throws {
        try await Postgres.withConnection(fixture.database.settings) { connection in
            try await connection.transaction { connection in
                _ = try await connection.query("SET LOCAL session_replication_role = replica")
                _ = try await connection.query(
                    """
                    UPDATE placeguard.assessment a SET at = to_timestamp(n.at)
                    FROM (SELECT id, CASE row_number() OVER (PARTITION BY view ORDER BY id) WHEN 1 THEN $2 ELSE $3 END AS at
                          FROM placeguard.assessment WHERE location = $1) AS n
                    WHERE a.id = n.id
                    """,
                    [.id(place), .double(Double(first)), .double(second.map { Double($0) })]
                )
            }
        }
    }
}

extension Reader {
    static func named(
        _ person: String,
        agency: String = "licensing",
        areas: [String] = [],
        clearances: Set<Clearance> = []
    ) -> Reader {
        Reader(subject: person, agency: agency, person: person, clearances: clearances, areas: areas)
    }
}

extension BriefingQuery {
    static func since(_ seconds: Int64) -> BriefingQuery { BriefingQuery(from: Moment(seconds: seconds)) }
}
