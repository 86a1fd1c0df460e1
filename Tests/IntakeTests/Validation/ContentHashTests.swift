import Safeguarding
import Testing

@testable import Intake

@Suite("Content hash")
struct ContentHashTests {
    @Test func `does not depend on the order of keys, the zone of times or the spelling of places`() throws {
        let a = try Sample.report([
            ("location", #"{"name":"Quay","postcode":"mw1 1aa"}"#), ("attribution", #""inside""#),
        ])
        let body = #"""
            {"attribution":"inside","knowledge":"seen","signs":["shop-tick-debt"],"observed":"2026-11-20T22:15:00+01:00",
             "location":{"postcode":"MW11AA","name":"Quay "},"reference":"LIC-1"}
            """#
        let b = try Sample.validator.validate(Array(body.utf8), from: Sample.principal())
        #expect(a.contentHash == b.contentHash && a.canonical == b.canonical)
    }

    @Test(arguments: [
        ("reference", #""LIC-2""#), ("observed", #""2026-11-20T21:15:01Z""#),
        ("location", #"{"point":[-0.4229001,51.87998]}"#),
        ("signs", #"["shop-tick-debt","poor-guardianship"]"#), ("knowledge", #""told""#), ("narrative", #""""#),
        ("originator", #""4711""#), ("happeningNow", "false"), ("role", #""linked-only""#),
        ("lawfulBasis", #""public-task""#),
    ])
    func `changes with every field, also where a default is spelt out`(_ field: String, _ value: String) throws {
        #expect(try Sample.report().contentHash != Sample.report([(field, value)]).contentHash)
    }

    @Test func `tells narratives apart that look the same`() throws {
        let a = try Sample.report([("narrative", #""e\u0301""#)])
        let b = try Sample.report([("narrative", #""\u00e9""#)])
        #expect(a.contentHash != b.contentHash)
    }

    @Test func `does not take a narrative for an originator`() {
        let hash = OriginatorHash(1, 2, 3, 4)
        let canonical = "{}"
        let hashes = [
            CanonicalForm.contentHash(of: canonical, originator: nil, narrative: nil),
            CanonicalForm.contentHash(of: canonical, originator: hash, narrative: nil),
            CanonicalForm.contentHash(of: canonical, originator: nil, narrative: hash.bytes),
            CanonicalForm.contentHash(of: canonical, originator: nil, narrative: []),
        ]
        #expect(Set(hashes).count == hashes.count)
    }

    @Test func `is made of a form with sorted keys, without narrative and originator`() throws {
        let report = try Sample.report([
            ("narrative", #""secret words""#), ("originator", #""email:a@b.example""#), ("role", #""harm""#),
        ])
        let expected =
            #"{"knowledge":"seen","location":{"point":[-0.4229,51.87998]},"observed":{"from":"2026-11-20T21:15:00Z"},"#
            + #""reference":"LIC-1","role":"harm","signs":["shop-tick-debt"]}"#
        #expect(report.canonical == expected)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `survives being sent again in its canonical form`(_ seed: UInt64) throws {
        var dice = Dice(seed: seed)
        for _ in 0..<300 {
            let changes = RandomReport.changes(&dice)
            let principal = Sample.principal(.police, code: "police", canGrade: true)
            guard let report = try? Sample.report(changes, from: principal) else { continue }
            let again = try Sample.validator.validate(Array(report.canonical.utf8), from: principal)
            #expect(again.canonical == report.canonical, "seed \(seed)")
            #expect(again.location == report.location && again.observedTo == report.observedTo, "seed \(seed)")
        }
    }
}

/// Reports made at random of sound parts.
enum RandomReport {
    static func changes(_ dice: inout Dice) -> [(String, String?)] {
        let choices: [(String, [String])] = [
            (
                "observed",
                [
                    #""2026-11""#, #""2026-11-22""#, #""2026-11-20T21:15:00+05:30""#,
                    #"{"from":"2026-11-20T21:00:00Z","to":"2026-11-21T00:00:00Z","precision":"minute"}"#,
                ]
            ),
            (
                "location",
                [
                    #"{"point":[-0.123456789,51.5],"accuracyMetres":12.2}"#, #"{"gridReference":"TL 08652 21332"}"#,
                    #"{"gridReference":"508652.7, 221332"}"#, #"{"uprn":100012345678}"#,
                    #"{"name":"Caf\u00e9","postcode":"LU11AA"}"#,
                    #"{"vehicle":{"plate":"ph 12","licensedBy":"marlowick"},"category":"private-hire"}"#, "{}",
                    #"{"id":"loc_00000000-0000-7000-8000-00000000ABCD"}"#, #"{"postcode":"gir0aa"}"#,
                    #"{"point":[1e-3,5.15e1]}"#,
                ]
            ),
            ("attribution", [#""inside""#, #""journey""#]), ("role", [#""harm""#, #""transit""#]),
            ("grade", [#""2BP""#, #""1AC""#]), ("handling", [#"{"code":"C","conditions":"a\nb"}"#, #"{"code":"P"}"#]),
            ("journey", [#"{"from":{"name":"A"},"to":{"point":[-1.25,52]}}"#]),
            ("lawfulBasis", [#""legal-obligation""#]),
            ("earlyHelpAgreement", [#""no""#]), ("happeningNow", ["true", "false"]),
            ("compartment", [#""police-intel""#]),
        ]
        var changes: [(String, String?)] = [("attribution", #""connected""#)]
        for (key, values) in choices where dice.below(2) == 0 { changes.append((key, dice.pick(values))) }
        return changes
    }
}
