import ArgumentParser
import Briefings
import Safeguarding
import Store

/// A briefing to a file or standard output: the same documents as over HTTP.
struct BriefingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "briefing",
        abstract: "Writes a hotspot briefing.",
        subcommands: [Operational.self]
    )

    /// The operational hotspot briefing of a multi-agency meeting.
    struct Operational: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Ranked places with band, trend, confidence, top signs, what changed, open reviews."
        )

        /// A meeting every four weeks is the usual cycle, so that is what "since" means where nobody says.
        static let usualPeriod = 28 * Moment.day

        @OptionGroup var common: CommonOptions
        @OptionGroup var acting: ActingOptions
        @Option(help: "html, json, csv, geojson or text.")
        var format: BriefingFormat = .text
        @Option(help: "Code of an area.")
        var area: String?
        @Option(help: "What changed since this moment is told; 28 days ago by default.")
        var from: MomentArgument?
        @Option(help: "As of this moment; now by default.")
        var to: MomentArgument?
        @Option(help: "Only places of this band or above.")
        var band: Band?
        @Option(help: "Only places of this category.")
        var category: LocationCategory?
        @Option(help: "At most so many places.")
        var limit: Int = BriefingQuery.maximumPlaces
        @Option(name: .shortAndLong, help: "File to write; standard output by default.")
        var output: String?

        func validate() throws {
            guard (1...BriefingQuery.maximumPlaces).contains(limit) else {
                throw ValidationError("--limit is 1 to \(BriefingQuery.maximumPlaces).")
            }
        }

        func run() async throws {
            let runtime = try await CommandRuntime(common)
            let (acting, format, output) = (acting, format, output)
            let options = (area: area, from: from?.moment, to: to?.moment, band: band, category: category, limit: limit)
            try await runtime.withStores { stores in
                let steward = try await acting.steward(runtime, stores)
                let now = try await stores.settings.now()
                let query = BriefingQuery(
                    area: options.area,
                    from: options.from ?? (options.to ?? now) - Operational.usualPeriod,
                    to: options.to,
                    band: options.band,
                    category: options.category,
                    limit: options.limit
                )
                let isExercise = try await stores.settings.isExercise()
                let source = ExerciseBriefings(source: stores.briefings) { isExercise }
                let picture = try await source.operational(query, reader: steward.reader)
                let text = try BriefingRenderer().render(BriefingDocument(picture), as: format)
                try Output.write(Array(text.utf8), to: output)
                try await stores.audit.add(
                    AuditDraft(
                        actor: steward.actor,
                        action: "briefing.operational",
                        subject: options.area ?? "all",
                        detail: "format \(format.rawValue)"
                    )
                )
            }
        }
    }
}

extension BriefingFormat: ExpressibleByArgument {}
extension LocationCategory: ExpressibleByArgument {}
