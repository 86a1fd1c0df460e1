import AlertFeed
import Safeguarding
import TestSupport
import Testing

struct FilterParserTests {
    private let location = "loc_01900000-0000-7000-8000-000000000009"

    private func failure(_ text: String) -> FilterError? {
        do throws(FilterError) {
            _ = try FilterParser.parse(text)
            return nil
        } catch {
            return error
        }
    }

    @Test func `every kind of term is read`() throws {
        let id = try #require(LocationID(location))
        let text =
            "area:E05A location:\(location) category:hotel near:-0.4612,51.8787,500 kind:review-due band>=amber-plus "
            + "urgency>=high source:childrens-services -area:E05B -category:park"
        let filter = try FilterParser.parse(text)
        #expect(
            filter.inclusions == [
                .area("E05A"), .location(id), .category(.hotel),
                .near(longitude: -4_612_000, latitude: 518_787_000, metres: 500), .kind(.reviewDue),
                .bandAtLeast(.amberPlus), .urgencyAtLeast(.high), .source(.childrensServices),
            ]
        )
        #expect(filter.exclusions == [.area("E05B"), .category(.park)])
        #expect(filter.text == text)
    }

    @Test func `the empty text admits everything`() throws {
        #expect(try FilterParser.parse("") == .everything)
    }

    @Test(arguments: [(15, true), (16, true), (17, false)])
    func `a filter has at most 16 terms`(_ count: Int, _ isAllowed: Bool) {
        let text = [String](repeating: "area:A", count: count).joined(separator: " ")
        #expect(failure(text) == (isAllowed ? nil : FilterError(term: 17, reason: .tooManyTerms)))
    }

    @Test(arguments: [(511, true), (512, true), (513, false)])
    func `a filter has at most 512 bytes`(_ length: Int, _ isAllowed: Bool) {
        let term = "area:" + String(repeating: "A", count: 59)
        let terms = [String](repeating: term, count: 7)
        let rest = length - terms.joined(separator: " ").utf8.count - 1
        let text = (terms + ["area:" + String(repeating: "B", count: rest - 5)]).joined(separator: " ")
        #expect(text.utf8.count == length)
        #expect(failure(text) == (isAllowed ? nil : FilterError(term: 0, reason: .tooLong)))
    }

    @Test(arguments: [
        ("area:A colour:red", 2, FilterError.Reason.unknownKey), ("area:", 1, .badArea), ("area:a/b", 1, .badArea),
        ("area:A  area:B", 2, .emptyTerm), ("area:A ", 2, .emptyTerm), (" area:A", 1, .emptyTerm), ("-", 1, .emptyTerm),
        ("--area:A", 1, .unknownKey), ("location:loc_1", 1, .badLocation), ("category:casino", 1, .unknownCategory),
        ("area:A -category:", 2, .unknownCategory), ("kind:happened", 1, .unknownKind), ("band>=blue", 1, .unknownBand),
        ("band>=", 1, .unknownBand), ("band>amber", 1, .unknownKey), ("band=red", 1, .unknownKey),
        ("urgency>=urgent", 1, .unknownUrgency), ("source:press", 1, .unknownSource), ("AREA:A", 1, .unknownKey),
        ("near:0,0", 1, .badNear), ("near:0,0,0", 1, .badNear), ("near:0,0,100001", 1, .badNear),
        ("near:181,0,5", 1, .badNear),
        ("near:0,90.1,5", 1, .badNear), ("near:0.00000001,0,5", 1, .badNear), ("near:1e2,0,5", 1, .badNear),
        ("near:0,0,5.5", 1, .badNear), ("near:.5,0,5", 1, .badNear), ("near:1.,0,5", 1, .badNear),
        ("near:+1,0,5", 1, .badNear),
        ("near:0,0,5,5", 1, .badNear), ("near:180.0000001,0,5", 1, .badNear),
    ])
    func `a bad term is named by its number, not by its text`(_ text: String, _ term: Int, _ reason: FilterError.Reason)
    {
        #expect(failure(text) == FilterError(term: term, reason: reason))
        let reply = failure(text)?.reply
        #expect(reply?.word == .badFilter)
        #expect(reply?.fields.map(\.text) == ["term=\(term)", "reason=\(reason.rawValue)"])
    }

    @Test(
        arguments: [
            ("near:180,90,1", 1_800_000_000, 900_000_000, 1),
            ("near:-180,-90,100000", -1_800_000_000, -900_000_000, 100_000),
            ("near:0,0,99999", 0, 0, 99_999), ("near:0,0,2", 0, 0, 2),
            ("near:0.1234567,51.5,25", 1_234_567, 515_000_000, 25), ("near:-0.0000001,0.05,25", -1, 500_000, 25),
        ] as [(String, Int64, Int64, Int)]
    )
    func `a place is read exactly`(_ text: String, _ longitude: Int64, _ latitude: Int64, _ metres: Int) throws {
        let filter = try FilterParser.parse(text)
        #expect(filter.inclusions == [.near(longitude: longitude, latitude: latitude, metres: metres)])
    }

    /// The rule itself, spelled out on the words of a filter: exclusions win, then any inclusion admits, order is irrelevant.
    @Test(arguments: 0..<200)
    func `a random filter lets through what the rule says, in any order`(_ seed: Int) async throws {
        var random = Jitter(seed: UInt64(seed))
        let areas = ["E05A", "E05B", "E05C"]
        let categories: [LocationCategory] = [.hotel, .park, .taxiRank]
        let words = (0..<random.pick(0...5)).map { _ in
            let sign = random.pick(0...2) == 0 ? "-" : ""
            return sign
                + [
                    "area:" + areas[random.pick(0...2)], "category:" + categories[random.pick(0...2)].rawValue,
                    "urgency>=" + Urgency.allCases[random.pick(0...3)].rawValue,
                    "band>=" + Band.allCases[random.pick(0...3)].rawValue,
                ][random.pick(0...3)]
        }
        let session = await PureSession.loggedIn()
        await session.send("SUB desk FROM head FILTER \(words.joined(separator: " "))".trimmingTrailingSpace)
        let shuffled = words.shuffled(using: &random).joined(separator: " ")
        await session.send("SUB other FROM head FILTER \(shuffled)".trimmingTrailingSpace)
        _ = session.takeLines()
        for _ in 0..<20 {
            let facts = FeedFacts(
                urgency: Urgency.allCases[random.pick(0...3)],
                category: categories[random.pick(0...2)],
                areas: [areas[random.pick(0...2)]],
                bandTo: Band.allCases[random.pick(0...4)]
            )
            await session.publish(.open, facts)
            let matching = words.filter { Self.matches($0.drop { $0 == "-" }, facts) }
            let isExcluded = matching.contains { $0.hasPrefix("-") }
            let inclusions = words.filter { !$0.hasPrefix("-") }
            let isAdmitted = !isExcluded && (inclusions.isEmpty || matching.contains { !$0.hasPrefix("-") })
            #expect(session.takeLines().count == (isAdmitted ? 2 : 0), "seed \(seed): \(words) and \(facts)")
        }
    }

    private static func matches(_ word: Substring, _ facts: FeedFacts) -> Bool {
        let order = ["green", "amber", "amber-plus", "red"]
        if word.hasPrefix("area:") { return facts.areas.contains(String(word.dropFirst(5))) }
        if word.hasPrefix("category:") { return facts.category?.rawValue == String(word.dropFirst(9)) }
        if word.hasPrefix("urgency>=") {
            let order = ["low", "normal", "high", "immediate"]
            return order.firstIndex(of: facts.urgency.rawValue) ?? 0 >= order.firstIndex(of: String(word.dropFirst(9)))
                ?? 0
        }
        guard let band = facts.bandTo else { return false }
        return band == .unrated
            || order.firstIndex(of: band.rawValue) ?? 0 >= order.firstIndex(of: String(word.dropFirst(6))) ?? 0
    }
}

extension String {
    fileprivate var trimmingTrailingSpace: String { hasSuffix(" ") ? String(dropLast()) : self }
}
