import Safeguarding
import Testing

@testable import Intake

@Suite("Corrections")
struct CorrectionTests {
    private static func form(_ changes: [(String, String?)] = [], withdrawn: Bool = false) throws -> ReportForm {
        let report = try Sample.report(
            changes + [("narrative", #""first words""#), ("originator", #""email:a@b.example""#)]
        )
        return ReportForm(
            version: 1,
            canonical: report.canonical,
            narrative: report.narrative,
            originator: report.originator,
            originatorScheme: report.originatorScheme,
            isWithdrawn: withdrawn
        )
    }

    private static func corrected(_ changes: String, to form: ReportForm) throws -> ValidatedReport {
        let correction = try Sample.validator.correction(Array(changes.utf8), to: form, from: Sample.principal())
        guard case .changed(let report) = correction else { throw InvalidReport(.internalError, message: "withdrawn") }
        return report
    }

    private static func faults(_ changes: String, withdrawn: Bool = false) throws -> [String] {
        let form = try form(withdrawn: withdrawn)
        do {
            _ = try Sample.validator.correction(Array(changes.utf8), to: form, from: Sample.principal())
            return []
        } catch {
            return error.faults.map { "\($0.field) \($0.reason.rawValue)" }
        }
    }

    @Test func `changes what it names and keeps the rest`() throws {
        let form = try Self.form([("role", #""harm""#)])
        let report = try Self.corrected(#"{"signs":["place-named-by-child"],"knowledge":"told"}"#, to: form)
        #expect(report.signs == ["place-named-by-child"] && report.knowledge == .told)
        #expect(report.role == .harm && report.reference == "LIC-1")
        #expect(
            report.narrative == form.narrative && report.originator == form.originator
                && report.originatorScheme == "email"
        )
        #expect(report.grade == Sample.grade("1C"), "the default follows the corrected knowledge")
    }

    @Test func `of nothing gives the same content hash`() throws {
        let original = try Sample.report([("narrative", #""first words""#), ("originator", #""email:a@b.example""#)])
        #expect(try Self.corrected(#"{"reference":"LIC-1"}"#, to: Self.form()).contentHash == original.contentHash)
    }

    @Test func `takes a field back with null`() throws {
        let form = try Self.form([("role", #""harm""#)])
        let report = try Self.corrected(#"{"role":null,"narrative":null,"originator":null}"#, to: form)
        #expect(report.role == .linkedOnly && report.narrative == nil && report.originator == nil)
        #expect(report.originatorScheme == nil)
    }

    @Test func `replaces narrative and originator`() throws {
        let report = try Self.corrected(#"{"narrative":"other words","originator":"4711"}"#, to: Self.form())
        #expect(report.narrative == Array("other words".utf8) && report.originatorScheme == nil)
        #expect(try report.originator != Self.form().originator)
    }

    @Test func `keeps a sign that the present template has no more`() throws {
        var form = try Self.form()
        form.canonical = form.canonical.replacing("shop-tick-debt", with: "sign-of-old")
        #expect(try Self.corrected(#"{"role":"harm"}"#, to: form).signs == ["sign-of-old"])
    }

    @Test func `withdraws with a reason`() throws {
        let correction = try Sample.validator.correction(
            Array(#"{"withdrawn":true,"reason":"Wrong premises."}"#.utf8),
            to: Self.form(),
            from: Sample.principal()
        )
        #expect(correction == .withdrawn(reason: "Wrong premises."))
    }

    @Test(arguments: [
        ("{}", [" missing-field"]), ("[]", [" wrong-type"]), ("{", [" bad-json"]),
        (#"{"reference":"LIC-9"}"#, ["reference bad-reference"]), (#"{"knowledge":null}"#, ["knowledge missing-field"]),
        (#"{"signs":["nope"],"roll":"harm"}"#, ["roll unknown-field", "signs[0] unknown-sign"]),
        (#"{"role":"harm","role":"supply"}"#, ["role duplicate-field"]),
        (#"{"withdrawn":true}"#, ["reason missing-field"]),
        (#"{"withdrawn":false,"reason":"x"}"#, ["withdrawn out-of-range"]),
        (#"{"withdrawn":true,"reason":"x","role":"harm"}"#, ["role unknown-field"]),
        (#"{"withdrawn":"yes","reason":"x"}"#, ["withdrawn wrong-type"]),
        (#"{"precision":"day"}"#, ["observed missing-field"]),
    ])
    func `names its faults`(_ changes: String, _ expected: [String]) throws {
        #expect(try Self.faults(changes) == expected)
    }

    @Test func `is refused once the report is withdrawn`() throws {
        #expect(try Self.faults(#"{"role":"harm"}"#, withdrawn: true) == [" already-withdrawn"])
    }
}
