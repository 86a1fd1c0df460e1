import Foundation
import Safeguarding
import TestSupport
import Testing

@testable import Intake

@Suite("The mappings that ship")
struct ShippedMappingsTests {
    static let names = ["police-street", "cctv-room", "taxi-operator"]

    static func mapping(_ name: String) throws -> Mapping {
        try MappingReader.read(yaml: Repository.text("Deploy/mappings/\(name).yaml"))
    }

    @Test func `are all here`() throws {
        let files = try FileManager.default.contentsOfDirectory(
            atPath: Repository.root.appending(path: "Deploy/mappings").path
        )
        #expect(files.sorted() == Self.names.map { $0 + ".yaml" }.sorted())
    }

    @Test(arguments: names)
    func `are sound and use signs of their template`(_ name: String) throws {
        let mapping = try Self.mapping(name)
        #expect(mapping.name == name)
        let template = try Repository.text("Deploy/templates/\(mapping.template).yaml")
        #expect(!mapping.signs.isEmpty)
        for sign in mapping.signs { #expect(template.contains("code: \(sign),"), "\(sign)") }
    }

    /// Rules that know every sign of a mapping.
    static func rules(for mapping: Mapping) -> IntakeRules {
        var rules = Sample.rules
        rules.template = mapping.template
        for sign in mapping.signs { rules.signs[sign] = .init(severity: 3) }
        return rules
    }

    static func reports(_ name: String, _ csv: String, _ kind: AgencyKind) async throws -> [ValidatedReport] {
        let store = MemoryReportStore()
        let mapping = try mapping(name)
        let load = ReportImport(
            store: store,
            runs: MemoryImportRuns(),
            validator: ReportValidator(rules: rules(for: mapping), key: Sample.key),
            mapping: mapping
        )
        let request = ReportImport.Request(
            principal: Sample.principal(kind, code: "x"),
            fileDigest: [],
            isBackFile: false
        )
        let observer = CollectingObserver()
        let summary = try await load.run(request, reading: Chunks(csv), observer: observer)
        #expect(summary.counts.refused == 0, "\(observer.faults)")
        #expect(summary.unmappedColumns.isEmpty)
        return store.reports.sorted { $0.reference < $1.reference }
    }

    @Test func `read the control room's log`() async throws {
        let csv = """
            Incident No,Rev,Date,Time,Camera,Easting,Northing,Place type,What was seen,Live,Operator,Notes\r
            2026-00417,1,21/11/2026,23:40,MW-017,512345,221987,Car park,child moved between cars; Waiting cars,yes,44,"Two cars,\r
            one child"\r
            2026-00418,1,22/06/2026,01:10,MW-002,512000,221000,Alley,fight,no,44,\r
            """.replacing("Camera,", with: "").replacing("MW-017,", with: "").replacing("MW-002,", with: "")
        let reports = try await Self.reports("cctv-room", csv, .cctv)
        #expect(reports.map(\.reference) == ["CCTV-2026-00417", "CCTV-2026-00418"])
        #expect(reports[0].signs == ["vehicle-transfer-of-child", "cars-waiting-near-children"])
        #expect(reports[0].location.form == .grid(easting: 512_345, northing: 221_987, halfWidth: 0))
        #expect(reports[0].location.category == .carPark && reports[0].location.accuracyMetres == 25)
        #expect(reports[0].observedFrom.rfc3339 == "2026-11-21T23:40:00Z" && reports[0].precision == .minute)
        #expect(reports[0].happeningNow && !reports[1].happeningNow && reports[0].revision == 1)
        #expect(reports[0].narrative == Array("Two cars,\r\none child".utf8) && reports[1].narrative == nil)
        #expect(reports[1].location.category == .area && reports[1].observedFrom.rfc3339 == "2026-06-22T00:10:00Z")
        #expect(reports[0].originator == reports[1].originator && reports[0].originator != nil)
    }

    @Test func `read the taxi operator's concerns`() async throws {
        let csv = """
            Job,When,Plate,Pick-up,Pick-up postcode,Drop-off,Drop-off postcode,Concern,Driver saw it,Driver,Comment
            88213,2026-11-21T01:12:00+00:00,PH 0412,Quay Street,LU1 4AB,Harbour View Hotel,LU1 2DD,"Absent adult paid, same drop again",Y,219,
            """
        let reports = try await Self.reports("taxi-operator", csv, .taxiOperator)
        #expect(reports.map(\.reference) == ["JOB-88213"])
        #expect(reports[0].location.form == .vehicle(plate: "PH0412", licensedBy: "marlowick"))
        #expect(reports[0].journeyFrom?.form == .namedPostcode(name: "Quay Street", postcode: "LU1 4AB"))
        #expect(reports[0].journeyTo?.form == .namedPostcode(name: "Harbour View Hotel", postcode: "LU1 2DD"))
        #expect(reports[0].signs == ["fare-paid-by-absent-adult", "repeat-drop-address"])
        #expect(reports[0].attribution == .journey && reports[0].role == .transit && reports[0].knowledge == .seen)
    }
}
