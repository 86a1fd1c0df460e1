import Safeguarding
import Testing

@testable import Intake

@Suite("A sound report")
struct ReportValidatorTests {
    @Test func `gets the defaults of interfaces.md`() throws {
        let report = try Sample.report()
        #expect(report.agency == "licensing")
        #expect(report.actor == "person:ada")
        #expect(report.reference == "LIC-1")
        #expect(report.observedFrom == Moment(rfc3339: "2026-11-20T21:15:00Z"))
        #expect(report.observedTo == report.observedFrom)
        #expect(report.precision == nil)
        #expect(report.location == LocationReference(form: .point(longitude: -4_229_000, latitude: 518_799_800)))
        #expect(report.role == .linkedOnly)
        #expect(report.attribution == .nearby)
        #expect(report.grade == Sample.grade("1A"))
        #expect(report.handling == .permitted)
        #expect(report.compartment == .openPartner)
        #expect(report.lawfulBasis == .publicTask)
        #expect(report.earlyHelp == .notAsked)
        #expect(report.originator == nil && report.narrative == nil && report.journeyFrom == nil)
        #expect(!report.happeningNow && !report.adultWorksWithChildren && !report.selfReport)
        #expect(report.contentHash.count == 32)
    }

    @Test func `carries every field`() throws {
        let police = Sample.principal(.police, code: "police", canGrade: true)
        let report = try Sample.report(
            [
                ("location", #"{"register":"FHRS:12","category":"takeaway","name":"Quay Kebab"}"#),
                ("role", #""supply""#),
                ("attribution", #""inside""#), ("signs", #"["shop-tick-debt","child-in-danger-now"]"#),
                ("grade", #""3EC""#),
                ("originator", #""warrant:marl / 12""#), ("compartment", #""police-intel""#),
                ("handling", #"{"conditions":"Covert.\nAsk first."}"#), ("lawfulBasis", #""vital-interests""#),
                ("earlyHelpAgreement", #""yes""#),
                ("journey", #"{"from":{"name":"Quay","postcode":"mw11aa"},"to":{"gridReference":"tl 08 21"}}"#),
                ("narrative", #""He said \u0000.""#), ("happeningNow", "true"), ("adultWorksWithChildren", "true"),
                ("selfReport", "true"), ("knowledge", #""heard""#),
            ],
            from: police
        )
        #expect(
            report.location == LocationReference(form: .register("fhrs:12"), category: .takeaway, name: "Quay Kebab")
        )
        #expect(report.role == .supply && report.attribution == .inside && report.knowledge == .heard)
        #expect(report.signs == ["shop-tick-debt", "child-in-danger-now"])
        #expect(report.grade == Sample.grade("3E") && report.handling == .conditions)
        #expect(report.handlingConditions == "Covert.\nAsk first.")
        #expect(report.originatorScheme == "warrant" && report.originator != nil)
        #expect(report.compartment == .policeIntel && report.lawfulBasis == .vitalInterests && report.earlyHelp == .yes)
        #expect(report.journeyFrom?.form == .namedPostcode(name: "Quay", postcode: "MW1 1AA"))
        #expect(report.journeyTo?.form == .grid(easting: 508_500, northing: 221_500, halfWidth: 500))
        #expect(report.narrative == Array("He said \u{0}.".utf8))
        #expect(report.happeningNow && report.adultWorksWithChildren && report.selfReport)
    }

    @Test(arguments: [
        (AgencyKind.licensing, "seen", "1A"), (.licensing, "told", "1C"), (.licensing, "heard", "1D"),
        (.cctv, "seen", "2A"),
        (.cctv, "told", "2C"), (.community, "seen", "2A"), (.community, "told", "2D"), (.business, "heard", "2D"),
    ])
    func `takes its grade from the kind of agency and how it knows`(
        _ kind: AgencyKind,
        _ knowledge: String,
        _ grade: String
    ) throws {
        let report = try Sample.report([("knowledge", "\"\(knowledge)\"")], from: Sample.principal(kind))
        #expect(report.grade == Sample.grade(grade))
    }

    @Test(arguments: AgencyKind.allCases)
    func `stays within the agency's compartment`(_ kind: AgencyKind) throws {
        let own = kind.defaultCompartment
        let order: [Compartment] = [.openPartner, .statutoryOnly, .policeIntel]
        #expect(try Sample.report(from: Sample.principal(kind)).compartment == own)
        for compartment in order {
            let faults = Sample.faults([("compartment", "\"\(compartment.rawValue)\"")], from: Sample.principal(kind))
            let isNarrower = (order.firstIndex(of: compartment) ?? 0) >= (order.firstIndex(of: own) ?? 0)
            #expect(faults.map(\.reason) == (isNarrower ? [] : [.compartmentTooWide]))
        }
    }

    @Test func `says why consent is refused`() {
        let fault = Sample.faults([("lawfulBasis", #""consent""#)]).first
        #expect(fault?.message.contains("does not rest on consent") == true)
    }

    @Test func `may say nothing of where, and is then unlocated`() throws {
        #expect(try Sample.report([("location", nil)]).location.form == .none)
        #expect(try Sample.report([("location", "{}")]).location.form == .none)
        let named = try Sample.report([("location", #"{"name":"the old mill"}"#)])
        #expect(named.location == LocationReference(form: .none, name: "the old mill"))
        #expect(named.attribution == .nearby)
        let postcode = try Sample.report([("location", #"{"postcode":"lu11aa"}"#)])
        #expect(postcode.location.form == .none)
        #expect(postcode.canonical.contains("LU1 1AA"), "kept for the steward")
    }

    @Test func `has its texts in NFC and trimmed, but the narrative as it came`() throws {
        let report = try Sample.report([
            ("location", #"{"name":" Cafe\u0301 "}"#), ("narrative", #"" Cafe\u0301\r\n ""#),
        ])
        #expect(Array((report.location.name ?? "").unicodeScalars) == Array("Caf\u{E9}".unicodeScalars))
        #expect(report.narrative == Array(" Cafe\u{301}\r\n ".utf8))
    }

    @Test func `keeps every control character of a narrative byte for byte`() throws {
        var wanted: [UInt8] = []
        var text = "\""
        for value in 0..<0x20 {
            wanted.append(UInt8(value))
            text += "\\u00" + (value < 16 ? "0" : "") + String(value, radix: 16)
        }
        wanted += Array("\u{7F}\u{85}\u{2028}\u{FFFE}\u{10FFFF}".utf8)
        text += "\u{7F}\u{85}\u{2028}\u{FFFE}\u{10FFFF}\""
        #expect(try Sample.report([("narrative", text)]).narrative == wanted)
    }

    @Test(arguments: [("n", 7_999, true), ("n", 8_000, true), ("n", 8_001, false), ("\u{1F600}", 8_000, true)])
    func `bounds the narrative at 8 000 scalars`(_ scalar: String, _ count: Int, _ fits: Bool) {
        let faults = Sample.faults([("narrative", RefusalCase.narrative(scalar, count))])
        #expect(faults.map(\.reason) == (fits ? [] : [.narrativeTooLong]))
    }

    @Test(arguments: [(63, true), (64, true), (65, false)])
    func `bounds the reference at 64 characters`(_ count: Int, _ fits: Bool) {
        let faults = Sample.faults([("reference", RefusalCase.narrative("Z", count))])
        #expect(faults.isEmpty == fits)
    }

    @Test func `takes every character of a reference that interfaces.md lists, and no other`() throws {
        let listed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/-".unicodeScalars)
        for value in UInt32(0x20)...0x17F {
            guard let scalar = Unicode.Scalar(value), scalar != "\"", scalar != "\\" else { continue }
            let faults = Sample.faults([("reference", "\"r\(scalar)\"")])
            #expect(faults.isEmpty == listed.contains(scalar), "U+\(String(value, radix: 16))")
        }
    }

    @Test(arguments: [11, 12, 13])
    func `takes up to twelve signs`(_ count: Int) {
        let signs = Sample.rules.signs.keys.sorted().prefix(count).map { "\"\($0)\"" }.joined(separator: ",")
        #expect(Sample.faults([("signs", "[\(signs)]")]).map(\.reason) == (count > 12 ? [.tooManySigns] : []))
    }
}
