import ArgumentParser
import Foundation
import Intake
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
            let json = json
            let runtime = try await CommandRuntime(common)
            let settings = runtime.settings
            let load = ReportFiles(
                files: files,
                agency: agency,
                mapping: mapping,
                isBackFile: backfile,
                actor: try runtime.administrator()
            )
            let total = try await runtime.withStores { stores in try await load.load(into: stores, settings) }
            print(json ? total.json.text : total.sentence)
        }
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
    /// The counts for people.
    var sentence: String {
        "\(rows) rows: \(created) stored (\(unlocated) of them unlocated), \(same) sent before with the same content, "
            + "\(corrected) corrections, \(reused) under a reference already used for other content, \(refused) refused"
    }
}
