import ArgumentParser
import Crypto
import Foundation
import Intake
import Platform
import RiskAssessment
import Safeguarding
import Store

/// Loads registers, postcodes, boundaries and back-files; every one of them is safe to run again.
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Loads places, postcodes, areas or a file of reports.",
        subcommands: [Locations.self, Postcodes.self, Areas.self, Reports.self]
    )

    /// A register of premises.
    struct Locations: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Loads a register of premises: the food hygiene register as XML or flattened CSV."
        )

        @OptionGroup var common: CommonOptions
        @Argument(help: "The register's file, .xml or .csv.")
        var file: String
        @Flag(help: "Print the counts as JSON.")
        var json = false

        func run() async throws {
            let (file, json) = (file, json)
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            let summary = try await runtime.withStores { stores in
                try await RegisterImport(register: stores.register, actor: actor).locations(
                    reading: FileChunks(path: file)
                )
            }
            ImportCommand.report(summary, json: json)
        }
    }

    /// A postcode table.
    struct Postcodes: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Loads a postcode table with the columns Postcode, lat, long (such as NSPL)."
        )

        @OptionGroup var common: CommonOptions
        @Argument(help: "The table, CSV.")
        var file: String
        @Flag(help: "Print the counts as JSON.")
        var json = false

        func run() async throws {
            let (file, json) = (file, json)
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            let summary = try await runtime.withStores { stores in
                try await RegisterImport(register: stores.register, actor: actor).postcodes(
                    reading: FileChunks(path: file)
                )
            }
            ImportCommand.report(summary, json: json)
        }
    }

    /// Boundaries of wards, beats and districts.
    struct Areas: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Loads area boundaries: a GeoJSON feature collection with code, name and kind."
        )

        @OptionGroup var common: CommonOptions
        @Argument(help: "The boundaries, GeoJSON in WGS84.")
        var file: String
        @Flag(help: "Print the counts as JSON.")
        var json = false

        func run() async throws {
            let (file, json) = (file, json)
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            let summary = try await runtime.withStores { stores in
                try await RegisterImport(register: stores.register, actor: actor).areas(reading: FileChunks(path: file))
            }
            ImportCommand.report(summary, json: json)
        }
    }

    /// A file of reports through a mapping.
    struct Reports: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Loads a CSV of reports through a mapping file; bad rows come back in a rejects file."
        )

        @OptionGroup var common: CommonOptions
        @Argument(help: "The file or files, CSV.")
        var files: [String]
        @Option(help: "Code of the agency whose reports these are.")
        var agency: String
        @Option(help: "Mapping of columns to fields and of values to signs (YAML; see Deploy/mappings).")
        var mapping: String
        @Flag(help: "The rows are history: nobody is alarmed row by row, one summary an area is published instead.")
        var backfile = false
        @Flag(help: "Print the counts as JSON.")
        var json = false

        func run() async throws {
            let (files, agency, mappingPath, backfile) = (files, agency, mapping, backfile)
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            let total = try await runtime.withStores { stores in
                guard var principal = try await stores.agencies.principal(agency: agency) else {
                    throw CommandFailure("There is no active agency with that code and a current agreement.")
                }
                principal.person = nil
                let mapping = try ImportCommand.mapping(mappingPath)
                let template = try await stores.activeTemplate()
                let validator = ReportValidator(
                    rules: IntakeRules(template),
                    key: try OriginatorKeyFile.read(runtime.settings)
                )
                let reports = stores.reports(for: template)
                var total = ImportCounts()
                for file in files {
                    let load = ReportImport(
                        store: reports,
                        runs: stores.importRuns,
                        validator: validator,
                        mapping: mapping
                    )
                    let observer = try FileImportObserver(file: file)
                    let summary = try await load.run(
                        ReportImport.Request(
                            principal: principal,
                            fileDigest: try await ImportCommand.digest(file),
                            isBackFile: backfile
                        ),
                        reading: FileChunks(path: file),
                        observer: observer
                    )
                    try observer.close()
                    total += summary.counts
                }
                try await stores.audit.add(
                    AuditDraft(
                        actor: actor,
                        action: "import.reports",
                        subject: "agency:" + agency,
                        detail: total.json.text
                    )
                )
                return total
            }
            print(json ? total.json.text : total.sentence)
        }
    }

    static func mapping(_ path: String) throws -> Mapping {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CommandFailure("The mapping file cannot be read, or is not UTF-8.")
        }
        return try MappingReader.read(yaml: text)
    }

    static func digest(_ path: String) async throws -> [UInt8] {
        var hash = SHA256()
        for try await chunk in try FileChunks(path: path) { hash.update(data: chunk) }
        return Array(hash.finalize())
    }

    static func report(_ summary: RegisterImport.Summary, json: Bool) {
        let counts = summary.counts
        let parts: [(String, Int)] = [
            ("records", summary.records), ("added", counts.added), ("changed", counts.changed),
            ("unchanged", counts.unchanged), ("withoutPosition", counts.withoutPosition), ("faulty", summary.faulty),
        ]
        for fault in summary.faults { Output.note("record \(fault.record): \(fault.code.rawValue)") }
        if json {
            print(JSON.object(parts.map { ($0.0, .int($0.1)) }).text)
        } else {
            print(
                "\(summary.records) records: \(counts.added) added, \(counts.changed) changed, \(counts.unchanged) unchanged"
                    + (counts.withoutPosition > 0 ? "; \(counts.withoutPosition) without a position" : "")
                    + (summary.faulty > 0 ? "; \(summary.faulty) could not be read" : "")
            )
        }
    }
}

extension ImportCounts {
    static func += (a: inout ImportCounts, b: ImportCounts) {
        a.rows += b.rows
        a.created += b.created
        a.same += b.same
        a.corrected += b.corrected
        a.reused += b.reused
        a.refused += b.refused
        a.unlocated += b.unlocated
    }

    /// The counts for people.
    var sentence: String {
        "\(rows) rows: \(created) stored (\(unlocated) of them unlocated), \(same) sent before with the same content, "
            + "\(corrected) corrections, \(reused) under a reference already used for other content, \(refused) refused"
    }
}
