import ArgumentParser
import Foundation
import Intake
import RiskAssessment
import Safeguarding
import Store

/// Lets made-up reports about a made-up town flow in, for training, exercises and benchmarks.
///
/// Refused on a database that holds anything of a real partner: an exercise must never stand beside a child.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Makes up a town with planted hotspots and lets reports flow in; refused on a database in use.",
        discussion: """
            Everything made is called an exercise: the agencies' and places' names, the reports' words, and a notice on \
            every briefing. The same seed gives the same reports.
            """
    )

    @OptionGroup var common: CommonOptions
    @Option(help: "Seed of the reports.")
    var seed: UInt64 = 1
    @Option(help: "Reports a minute; 0 = as fast as they are stored.")
    var rate: Double = 30
    @Option(help: "Stop after so many reports; without it they flow until Ctrl-C.")
    var count: Int?
    @Option(help: "First make up so many reports over the year before now.")
    var history: Int = 0
    @Flag(help: "Only make the town and its agencies.")
    var townOnly = false

    func validate() throws {
        guard rate >= 0, rate <= 1_000_000, rate.isFinite else { throw ValidationError("--rate is 0 to 1000000.") }
        guard history >= 0, history <= 10_000_000 else { throw ValidationError("--history is 0 to 10000000.") }
    }

    func run() async throws {
        let options = (seed: seed, rate: rate, count: count, history: history, townOnly: townOnly)
        let runtime = try await CommandRuntime(common)
        let actor = try runtime.administrator()
        try await runtime.withStores { stores in
            let exercise = Exercise(stores: stores, actor: actor)
            try await exercise.makeTown()
            guard !options.townOnly else { return }
            let template = try await stores.activeTemplate()
            let validator = ReportValidator(
                rules: IntakeRules(template),
                key: try OriginatorKeyFile.read(runtime.settings)
            )
            let flow = ReportFlow(
                stores: stores,
                reports: stores.reports(for: template),
                validator: validator,
                prompts: PromptRules(rules: validator.rules),
                seed: options.seed
            )
            let stored = try await flow.run(history: options.history, count: options.count, perMinute: options.rate)
            Output.note("\(stored) reports stored.")
        }
    }
}

/// Makes the town in the database.
private struct Exercise {
    let stores: Stores
    let actor: String

    /// Marks the database as one for exercises, then adds what is missing of the town.
    func makeTown() async throws {
        guard try await stores.settings.markExercise(agencyPrefix: "sim-", by: actor) else {
            throw CommandFailure(
                "This database belongs to real partners: it has agencies that are no exercise's. Give the simulation a "
                    + "database of its own (another state.directory is enough)."
            )
        }
        _ = try await stores.register.upsert(areas: Town.boundaries)
        let places = Town.places.map { place in
            RegisteredLocation(
                register: place.register,
                category: place.category,
                name: place.name,
                address: "Marlowick (exercise)",
                postcode: nil,
                longitude: place.longitude,
                latitude: place.latitude
            )
        }
        _ = try await stores.register.upsert(locations: places, actor: actor)
        let known = Set(try await stores.agencies.list().map(\.code))
        for partner in Town.partners where !known.contains(partner.code) {
            try await stores.agencies.add(
                NewAgency(
                    code: partner.code,
                    name: partner.name,
                    kind: partner.kind,
                    agreement: "EXERCISE",
                    agreementUntil: London.midnight(CivilDate(daysSinceEpoch: 47_482)),
                    lawfulBasis: .publicTask,
                    canGrade: partner.canGrade,
                    areas: []
                ),
                by: actor
            )
        }
    }
}

/// Sends made-up reports through the same validation and commit as real ones.
private struct ReportFlow {
    let stores: Stores
    let reports: any ReportStore
    let validator: ReportValidator
    let prompts: PromptRules
    let seed: UInt64

    /// Rows of one transaction of history.
    static let historyBatch = 500

    func run(history: Int, count: Int?, perMinute: Double) async throws -> Int {
        var principals: [String: Principal] = [:]
        for partner in Town.partners {
            principals[partner.code] = try await stores.agencies.principal(agency: partner.code)
        }
        var source = SimulatedReports(seed: seed)
        var stored = 0
        let start = try await stores.settings.now()
        var made = 0
        while made < history {
            var batch: [ValidatedReport] = []
            while batch.count < ReportFlow.historyBatch, made < history {
                // Evenly over the year, oldest first.
                let observed = start - 365 * Moment.day + Int64(made) * 365 * Moment.day / Int64(max(1, history))
                if let report = try validated(source.next(observed: observed), principals) { batch.append(report) }
                made += 1
            }
            stored += try await commit(batch)
        }
        var live = 0
        let clock = ContinuousClock()
        var due = clock.now
        while count.map({ live < $0 }) ?? true {
            try Task.checkCancellation()
            let now = try await stores.settings.now()
            if let report = try validated(source.next(now: now), principals) { stored += try await commit([report]) }
            live += 1
            if perMinute > 0 {
                due += .milliseconds(Int64(60_000 / perMinute))
                try await clock.sleep(until: due)
            }
        }
        return stored
    }

    private func validated(_ made: SimulatedReports.Made, _ principals: [String: Principal]) throws -> ValidatedReport?
    {
        guard let principal = principals[made.agency] else { return nil }
        return try validator.validate(Array(made.json.text.utf8), from: principal)
    }

    private func commit(_ batch: [ValidatedReport]) async throws -> Int {
        let outcomes = try await reports.commit(batch) { prompts.prompts(for: $0, at: $1) }
        return outcomes.count { if case .created = $0 { true } else { false } }
    }
}
