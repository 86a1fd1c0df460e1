import Foundation
import RiskAssessment
import Safeguarding
import TestSupport
import Testing

/// What a template file may not say, and how a person is told: every fault at once, with its place.
@Suite struct `Template refusals` {
    private let text: String

    init() throws { text = try Repository.text("Deploy/templates/safeguarding.yaml") }

    private func faults(_ yaml: String) -> [TemplateFault] {
        do {
            _ = try Template(yaml: yaml)
            return []
        } catch {
            return error.faults
        }
    }

    /// The faults after one change; the change must be one.
    private func faults(replacing old: String, with new: String) throws -> [TemplateFault] {
        let range = try #require(text.range(of: old), "the template no longer has '\(old)'")
        return faults(text.replacingCharacters(in: range, with: new))
    }

    struct Edit: Sendable, CustomTestStringConvertible {
        var old: String
        var new: String
        var path: String
        var reason: TemplateFault.Reason
        var testDescription: String { "\(new) is \(reason.rawValue)" }

        init(_ old: String, _ new: String, _ path: String, _ reason: TemplateFault.Reason) {
            self.old = old
            self.new = new
            self.path = path
            self.reason = reason
        }
    }

    @Test func `a fault that names what the file names prints no control character of it`() throws {
        let told = try faults(replacing: "drug-dealing-with-children,", with: "drug-dealing-with-chi\n\rldren,")
        #expect(told.contains { $0.message.contains("did you mean") })
        #expect(told.allSatisfy { "\($0)".unicodeScalars.allSatisfy { $0.value >= 0x20 } })
    }

    private static let edits: [Edit] = [
        Edit("version: 2\n", "version: one\n", "version", .badNumber),
        Edit("version: 2\n", "version: 0\n", "version", .outOfRange),
        Edit("id: safeguarding\n", "id: Safe Guarding\n", "id", .badCode),
        Edit("id: safeguarding\n", "id: -safe\n", "id", .badCode),
        Edit("evidence: safeguarding", "evidence: anything", "evidence", .unknownName),
        Edit("evidence: safeguarding", "evidence: demonstration", "notice", .missing),
        Edit("marking: OFFICIAL-SENSITIVE", "notice: none here\nmarking: OFFICIAL", "notice", .inconsistent),
        Edit("marking: OFFICIAL-SENSITIVE", "marking: \"\"", "marking", .missing),
        Edit("marking: OFFICIAL-SENSITIVE", "marking: \"two\\nlines\"", "marking", .badCode),
        Edit("marking: OFFICIAL-SENSITIVE\n", "", "marking", .missing),
        Edit("bands: {green", "colours: {}\nbands: {green", "colours", .unknownKey),
        Edit("2: 0.70", "2: 0.705", "factors.source.2", .badNumber),
        Edit("2: 0.70", "2: 1.01", "factors.source.2", .outOfRange),
        Edit("2: 0.70", "2: -0.01", "factors.source.2", .outOfRange),
        Edit("2: 0.70", "2: 7e-1", "factors.source.2", .badNumber),
        Edit("2: 0.70", "2: .7", "factors.source.2", .badNumber),
        Edit("2: 0.70, ", "", "factors.source.2", .missing),
        Edit("3: 0.40}", "3: 0.40, 4: 0.10}", "factors.source.4", .unknownKey),
        Edit("nearby: 0.30", "near: 0.30", "factors.attribution.near", .unknownKey),
        Edit(
            "{under-days: 183, factor: 0.75}",
            "{under-days: 91, factor: 0.75}",
            "factors.age[1].under-days",
            .wrongOrder
        ),
        Edit(
            "{under-days: 183, factor: 0.75}",
            "{under-days: 183, factor: 1.01}",
            "factors.age[1].factor",
            .outOfRange
        ),
        Edit(
            "{under-days: 365, factor: 0.50}",
            "{under-days: 365, factor: 0.76}",
            "factors.age[2].factor",
            .wrongOrder
        ),
        Edit("lifts: C, counts-as: B", "lifts: C, counts-as: D", "factors.corroboration.counts-as", .wrongOrder),
        Edit("lifts: C, counts-as: B", "lifts: E, counts-as: B", "factors.corroboration", .inconsistent),
        Edit("same-sign: {hours: 6}", "same-sign: six hours", "events.same-sign", .wrongType),
        Edit("same-sign: {hours: 6}", "same-sign: {days: 6}", "events.same-sign.days", .unknownKey),
        Edit("at-most: 2.00", "at-most: 0.99", "events.at-most", .outOfRange),
        Edit("[2.00, 5.00, 10.00, 18.00]", "[2.00, 5.00, 10.00]", "likelihood.steps", .outOfRange),
        Edit("[2.00, 5.00, 10.00, 18.00]", "[2.00, 5.00, 5.00, 18.00]", "likelihood.steps", .wrongOrder),
        Edit("trusted: [A, B, C]", "trusted: [A, B, C, E]", "severity.trusted", .inconsistent),
        Edit("amber: 5, amber-plus: 10", "amber: 10, amber-plus: 10", "bands", .wrongOrder),
        Edit("green: 1,", "green: 2,", "bands.green", .outOfRange),
        Edit("{credit: 6.00, lowers: 2}", "{credit: 3.00, lowers: 2}", "controls.reductions", .wrongOrder),
        Edit("failed: -0.50", "failed: 0.50", "controls.credits.failed", .outOfRange),
        Edit("verified-longer-ago: 0.50", "verified-longer-ago: 1.00", "", .badYAML),
        Edit(
            "signs: [staff-inappropriate-contact]}\n  catalogue",
            "signs: [staff-contact]}\n  catalogue",
            "controls.withheld.signs",
            .unknownName
        ),
        Edit("unrated: {working-days: 1}", "unrated: {working-days: 1, hours: 2}", "reviews.unrated", .inconsistent),
        Edit("unrated: {working-days: 1}", "unrated: {}", "reviews.unrated", .inconsistent),
        Edit("unrated: {working-days: 1}", "unrated: {weeks: 1}", "reviews.unrated.weeks", .unknownKey),
        Edit("burst: {minutes: 15}", "burst: soon", "alerts.burst", .wrongType),
        Edit("burst: {minutes: 15}", "burst:", "alerts.burst", .missing),
        Edit("burst: {minutes: 15}", "burst: {}", "alerts.burst.minutes", .missing),
        Edit("burst: {minutes: 15}", "burst: {minutes: 0}", "alerts.burst.minutes", .outOfRange),
        Edit("burst: {minutes: 15}", "burst: {minutes: 61}", "alerts.burst.minutes", .outOfRange),
        Edit("burst: {minutes: 15}", "burst: {hours: 1}", "alerts.burst.hours", .unknownKey),
        Edit("low: none", "low: never", "alerts.claim.low", .wrongType),
        Edit("    low: none\n", "", "alerts.claim.low", .missing),
        Edit(
            "{code: child-in-danger-now, severity: 5",
            "{code: child-in-danger-now, severity: 6",
            "signs[0].severity",
            .outOfRange
        ),
        Edit(
            "{code: child-in-danger-now, severity: 5",
            "{code: child-in-danger-now, severity: 0",
            "signs[0].severity",
            .inconsistent
        ),
        Edit(
            "{code: child-in-danger-now, severity: 5",
            "{code: child-in-danger-now, severity: 5, protective: true",
            "signs[0].severity",
            .inconsistent
        ),
        Edit(
            "{code: child-in-danger-now, severity: 5",
            "{code: child-in-danger-now, severity: 5, structural: maybe",
            "signs[0].structural",
            .wrongType
        ),
        Edit("{code: sexual-activity-with-child-seen,", "{code: child-in-danger-now,", "signs[1]", .repeated),
        Edit(
            "categories: [hotel, short-let, residential, takeaway]",
            "categories: [hotels]",
            "signs[3].categories[0]",
            .unknownName
        ),
        Edit("reporters: [any]", "reporters: [anyone]", "signs[0].reporters[0]", .unknownName),
        Edit("  - code: hotel\n", "  - code: motel\n", "categories[0].code", .unknownName),
        Edit(
            "    restricted: true\n  - code: takeaway",
            "  - code: takeaway",
            "categories[1].restricted",
            .inconsistent
        ),
        Edit("  regulated: [hotel,", "  hotel: [area]\n  regulated: [hotel,", "category-groups.hotel", .repeated),
        Edit("police: {seen: 1A,", "police: {seen: 1F,", "grading.police.seen", .unknownName),
        Edit("  police: {seen: 1A, told: 1C, heard: 1D}\n", "", "grading.police", .missing),
        Edit("prompt: call-999", "prompt: call-112", "prompts[0].prompt", .unknownName),
        Edit(
            "signs: [vulnerable-occupier-displaced]",
            "signs: [vulnerable-occupier]",
            "prompts[7].when.signs",
            .unknownName
        ),
        Edit("marks: [single-source]}", "marks: [one-source]}", "examples[0].expect.marks[0]", .unknownName),
        Edit(
            "signs: [shop-tick-debt], grade: 1A, attribution: inside, days-ago: 10}",
            "signs: [shop-debt], grade: 1A, attribution: inside, days-ago: 10}",
            "examples[0].reports[0].signs",
            .unknownName
        ),
        Edit("examples:\n", "examples: []\nspare:\n", "examples", .missing),
    ]

    @Test(arguments: edits.filter { $0.reason != .badYAML })
    func `are named with their place`(edit: Edit) throws {
        let found = try faults(replacing: edit.old, with: edit.new)
        #expect(
            found.contains { $0.path == edit.path && $0.reason == edit.reason },
            "\(found.map(\.description))"
        )
    }

    @Test func `say what was probably meant`() throws {
        let key = try faults(replacing: "confidence: {low-after-days", with: "confidance: {low-after-days")
        #expect(key.first { $0.path == "confidance" }?.message.contains("did you mean 'confidence'?") == true)
        #expect(key.contains { $0.path == "confidence" && $0.reason == .missing })
        let name = try faults(replacing: "lifts: C", with: "lifts: CC")
        #expect(name.first?.message.contains("did you mean") == true)
    }

    @Test func `come all at once, one for each thing that is wrong`() throws {
        var broken = text
        for (old, new) in [
            ("2: 0.70", "2: 0.705"), ("version: 2\n", "version: x\n"), ("reporters: [any]", "reporters: [nobody]"),
        ] {
            let range = try #require(broken.range(of: old))
            broken.replaceSubrange(range, with: new)
        }
        #expect(faults(broken).map(\.path) == ["version", "signs[0].reporters[0]", "factors.source.2"])
    }

    @Test func `one missing section is one fault`() throws {
        let found = try faults(
            replacing: "trend: {days: 91, least-change: 1.00, rising: 1.25, falling: 0.80}\n",
            with: ""
        )
        #expect(found.map(\.path) == ["trend"])
    }

    @Test func `carry the line, and are told without quoting the file`() throws {
        let found = try faults(replacing: "2: 0.70", with: "2: 0.7oo")
        let fault = try #require(found.first)
        let line = try #require(
            text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("2: 0.70") }
        )
        #expect(fault.line == line + 1)
        #expect(!fault.description.contains("0.7oo"))
        #expect(fault.description.hasPrefix("line \(line + 1), factors.source.2: bad-number: "))
        #expect("\(TemplateRefusal(faults: found))" == "the template has 1 fault")
    }

    @Test(arguments: [
        "", "just a sentence", "- a\n- list", "id: [unclosed", "a: 1\na: 2", "&a [*a, *a]", "? {a: b}\n: c", "\u{0}",
    ])
    func `hold for what is no template at all`(yaml: String) {
        #expect(!faults(yaml).isEmpty)
    }

    @Test func `a repeated key is refused with its name`() {
        #expect(faults("id: a\nid: b\n").first?.message == "repeated key: id")
    }

    @Test func `a file that is too big or too deep is refused before it is understood`() {
        #expect(faults(String(repeating: "#", count: (1 << 20) + 1)).first?.reason == .tooLarge)
        #expect(faults(String(repeating: "#", count: 1 << 20)).first?.reason == .badYAML)
        let deep = String(repeating: "[", count: 13) + String(repeating: "]", count: 13)
        #expect(faults("signs: " + deep).first?.reason == .tooLarge)
        let wide = "a: &a [" + Array(repeating: "x", count: 300).joined(separator: ",") + "]\n"
        let bomb = "b: [" + Array(repeating: "*a", count: 200).joined(separator: ",") + "]\n"
        #expect(faults(wide + bomb).first?.reason == .tooLarge)
    }

    @Test func `a hundred thousand brackets do not overflow the stack`() {
        #expect(!faults(String(repeating: "[", count: 100_000)).isEmpty)
    }
}
