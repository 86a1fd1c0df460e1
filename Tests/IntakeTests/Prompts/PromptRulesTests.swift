import Intake
import Safeguarding
import Testing

@Suite("Prompts (domain.md 7.9)")
struct PromptRulesTests {
    private static let rules = PromptRules(rules: Sample.rules)

    private static func codes(
        _ changes: [(String, String?)],
        at category: LocationCategory? = nil,
        from principal: Principal = Sample.principal()
    ) throws -> [String] {
        let location = category.map {
            ResolvedLocation(id: LocationID(UniqueID(high: 1, low: 1)), category: $0, manner: .register)
        }
        return try rules.prompts(for: Sample.report(changes, from: principal), at: location).map(\.code.rawValue)
    }

    @Test func `come in the template's order, with its words`() throws {
        let report = try Sample.report([("happeningNow", "true"), ("adultWorksWithChildren", "true")])
        let prompts = Self.rules.prompts(for: report, at: nil)
        #expect(
            prompts == [
                PromptText(code: .call999, text: "Call 999."), PromptText(code: .considerNRM, text: "NRM?"),
                PromptText(code: .lado, text: "Tell the LADO."),
            ]
        )
    }

    @Test func `follow from a sign alone`() throws {
        #expect(try Self.codes([("signs", #"["child-in-danger-now"]"#)]) == ["call-999"])
        #expect(try Self.codes([("signs", #"["staff-inappropriate-contact"]"#)]) == ["lado"])
        #expect(try Self.codes([("signs", #"["gathering-point-with-adults"]"#)]) == ["think-twice"])
        #expect(try Self.codes([("signs", #"["place-named-by-child"]"#)]) == [])
    }

    @Test func `say that a sign is unusual only where the kind of place is known and others are expected`() throws {
        let signs: [(String, String?)] = [("signs", #"["room-visitor-traffic"]"#)]
        #expect(try Self.codes(signs) == [])
        #expect(try Self.codes(signs, at: .hotel) == [])
        #expect(try Self.codes(signs, at: .park) == ["unusual-for-category"])
        #expect(try Self.codes(signs + [("location", #"{"name":"x","category":"park"}"#)]) == ["unusual-for-category"])
        #expect(
            try Self.codes(signs + [("location", #"{"name":"x","category":"park"}"#)], at: .hotel) == [],
            "the register knows better"
        )
        #expect(try Self.codes([("signs", #"["place-named-by-child"]"#)], at: .online) == [])
    }

    @Test func `remember a driver licensed elsewhere, by sign, vehicle or journey`() throws {
        let signs: (String, String?) = ("signs", #"["place-named-by-child"]"#)
        func vehicle(_ authority: String) -> String { #"{"vehicle":{"plate":"PH1","licensedBy":"\#(authority)"}}"# }
        let attribution: (String, String?) = ("attribution", #""journey""#)
        #expect(try Self.codes([signs, attribution, ("location", vehicle("farborough"))]) == ["licensed-elsewhere"])
        #expect(try Self.codes([signs, attribution, ("location", vehicle("marlowick"))]) == [])
        #expect(
            try Self.codes([signs, ("journey", #"{"from":\#(vehicle("farborough")),"to":{}}"#)]) == [
                "licensed-elsewhere"
            ]
        )
        #expect(try Self.codes([("signs", #"["out-of-area-vehicle-pattern"]"#)]) == ["licensed-elsewhere"])
    }
}
