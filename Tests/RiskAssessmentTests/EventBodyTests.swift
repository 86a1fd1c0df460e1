import RiskAssessment
import Safeguarding
import Testing

/// The JSON of an event line (feed-protocol.md "The event body").
@Suite struct `Event bodies` {
    private let template: Template
    private let place: Situation
    private let facts = LocationFacts(
        id: LocationID(UniqueID(high: 0x0192_0000_0000_7000, low: 0x8000_0000_0000_0001)),
        category: .takeaway,
        areas: ["E05000001", "marlowick"],
        name: "Corner Grill"
    )

    init() throws {
        template = try Templates.safeguarding()
        place = Situation(
            template,
            .seen("shop-tick-debt", agency: "licensing"),
            .seen("adult-controls-child", ago: 20 * Moment.day, report: 2, agency: "cctv", compartment: .policeIntel)
        )
    }

    private func text(_ situation: Situation, judged: Band? = nil, _ facts: LocationFacts? = nil) throws -> String {
        let decision = situation.decide()
        let publication = try #require(decision.publications.first)
        return EventBody(template: situation.template, view: situation.view, context: situation.context).json(
            of: publication,
            at: facts ?? self.facts,
            assessment: situation.assessment,
            judged: judged,
            reviewBy: decision.published.reviewDue
        ).text
    }

    @Test func `the full view is told everything but restricted signs`() throws {
        #expect(
            try text(place) == """
                {"location":{"id":"loc_01920000-0000-7000-8000-000000000001","category":"takeaway",\
                "areas":["E05000001","marlowick"],"name":"Corner Grill"},\
                "band":{"from":null,"to":"amber-plus","machine":"amber-plus","judged":null},\
                "score":{"points":8.00,"likelihood":3,"severity":4,"inherent":12,"residual":12},\
                "confidence":"medium","trend":"new","signs":["shop-tick-debt"],\
                "evidence":{"reports":2,"agencies":2},"why":["band-up","first-severity-four"],"ask":"decide",\
                "review_by":"2026-10-19T14:13:20Z",\
                "template":{"id":"safeguarding","version":2},"marking":"OFFICIAL-SENSITIVE","handling":"P"}
                """
        )
    }

    @Test func `the open view is told neither points nor small counts`() throws {
        let open = place.with {
            $0.view = .open
            $0.evidence.items.removeAll { !$0.compartment.isOpen }
        }
        let line = try text(open)
        #expect(!line.contains("points"))
        #expect(line.contains(#""evidence":{"reports":{"below":5},"agencies":{"below":5}}"#))
        let five = open.with { place in
            place.evidence.items += (3...6).map { .seen("underage-sale", report: UInt64($0), agency: "a\($0)") }
        }
        #expect(try text(five).contains(#""evidence":{"reports":5,"agencies":5}"#))
        let four = open.with { place in
            place.evidence.items += (3...5).map { .seen("underage-sale", report: UInt64($0), agency: "a\($0)") }
        }
        #expect(try text(four).contains(#""evidence":{"reports":{"below":5},"agencies":{"below":5}}"#))
        let none = open.with { $0.evidence = Evidence(.seen("shop-tick-debt", "1A", selfReport: true)) }
        #expect(try text(none).contains(#""evidence":{"reports":0,"agencies":0}"#))
    }

    @Test func `at most eight signs, heaviest first`() throws {
        let codes = [
            "child-held-against-will", "shop-tick-debt", "adult-controls-child", "adult-different-children",
            "child-unexplained-injury", "sexualised-talk-to-child", "repeat-missing-link", "missing-child-found-here",
            "several-children-same-place", "cash-no-id-booking",
        ]
        let items = codes.enumerated().map { index, code in
            RecordedItem.seen(code, ago: Int64(index + 1) * Moment.day, report: UInt64(index + 1), agency: "a\(index)")
        }
        let crowded = place.with { $0.evidence.items = items }
        let line = try text(crowded)
        let signs = try #require(line.split(separator: "\"signs\":[").last?.split(separator: "]").first)
        #expect(signs.split(separator: ",").count == 8)
        #expect(signs.hasPrefix("\"child-held-against-will\""))
        #expect(!signs.contains("cash-no-id-booking"))
        #expect(line.utf8.count < 8_192)
    }

    @Test func `a judged place shows both bands, one without a name shows none`() throws {
        let unnamed = LocationFacts(id: facts.id, category: .residential, areas: [], name: nil)
        let line = try text(place, judged: .red, unnamed)
        #expect(line.contains(#""judged":"red""#))
        #expect(!line.contains("name"))
        #expect(line.contains(#""areas":[]"#))
    }

    @Test func `conditions on one item are conditions on the event`() throws {
        let conditional = place.with { $0.evidence.items[0].handling = .conditions }
        #expect(try text(conditional).hasSuffix(#""handling":"C"}"#))
    }

    @Test func `an unlocated report has no location, band or score`() throws {
        let situation = UnlocatedSituation(
            signs: ["cash-no-id-booking", "child-in-danger-now"],
            grade: Grade(source: .reliable, information: .a),
            happeningNow: true,
            isBackFile: false,
            compartment: .openPartner,
            observed: now - 100,
            received: now - 50,
            settled: nil,
            openAs: nil
        )
        let publication = try #require(template.decide(situation, in: place.context).publication)
        let body = EventBody(template: template, view: .full, context: place.context)
        #expect(
            body.json(of: publication, unlocated: situation, areas: ["marlowick"]).text == """
                {"location":null,"areas":["marlowick"],"signs":["child-in-danger-now","cash-no-id-booking"],\
                "why":["unlocated","happening-now","severity-five"],"ask":"act-now",\
                "template":{"id":"safeguarding","version":2},"marking":"OFFICIAL-SENSITIVE","handling":"P"}
                """
        )
        var restricted = situation
        restricted.compartment = .lado
        #expect(body.json(of: publication, unlocated: restricted, areas: []).text.contains(#""signs":[]"#))
    }

    @Test func `the summary of a run counts places by band, small counts only so in the open view`() {
        let summary = RunSummary(run: 7, area: "marlowick", bands: [.red: 1, .amber: 5, .green: 120], unlocated: 4)
        func body(_ view: View) -> String {
            EventBody(template: template, view: view, context: place.context)
                .json(of: template.publication(of: summary), summary: summary).text
        }
        #expect(body(.full).hasPrefix(#"{"location":null,"areas":["marlowick"],"run":7,"#))
        #expect(
            body(.full).contains(#""bands":{"unrated":0,"red":1,"amber-plus":0,"amber":5,"green":120},"unlocated":4"#)
        )
        #expect(
            body(.open).contains(
                #""bands":{"unrated":0,"red":{"below":5},"amber-plus":0,"amber":5,"green":120},"unlocated":{"below":5}"#
            )
        )
    }

    @Test func `a demonstration says on every body that it is no safeguarding evidence`() throws {
        let demonstration = try Templates.policeOpenData()
        let crimes = (0..<60).map { RecordedItem.seen("robbery", "1C", report: $0, attribution: .nearby) }
        var place = Situation(demonstration)
        place.evidence = Evidence(category: .area, items: crimes)
        let notice = try #require(demonstration.notice)
        #expect(try text(place).contains(notice))
        #expect(try text(place).contains(#""marking":"DEMONSTRATION - NOT SAFEGUARDING EVIDENCE""#))
        let summary = RunSummary(run: 7, area: nil, bands: [:], unlocated: 0)
        let body = EventBody(template: demonstration, view: .open, context: place.context)
        #expect(body.json(of: demonstration.publication(of: summary), summary: summary).text.contains(notice))
    }

    @Test func `another marking replaces the template's, for exercises`() throws {
        let publication = try #require(place.decide().publications.first)
        let body = EventBody(template: template, view: .full, context: place.context, marking: "EXERCISE")
        let line = body.json(of: publication, at: facts, assessment: nil, judged: nil, reviewBy: nil).text
        #expect(line.contains(#""marking":"EXERCISE""#))
        #expect(!line.contains("OFFICIAL"))
        #expect(EventBody.short(publication, template: template, marking: "EXERCISE").text.contains("EXERCISE"))
        #expect(EventBody.short(publication, template: template).text.hasPrefix(#"{"more":true,"#))
    }
}
