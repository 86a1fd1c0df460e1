import ArgumentParser
import Safeguarding
import Store

/// Who is asked when nobody claims an alert: chains of areas, cover, quiet hours.
struct ChainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chain",
        abstract: "Who is asked when nobody claims an alert: chains of areas, cover and quiet hours.",
        discussion: """
            chain add MW-HARBOUR 1 --person a.moreau; chain add MW-HARBOUR 2 --person d.osei
            chain add '*' 3 --line 'Duty line 01234 567 890'
            """,
        subcommands: [Add.self, Remove.self, Cover.self, Uncover.self, Quiet.self, List.self]
    )

    /// A person or a line of a step.
    struct StepOptions: ParsableArguments {
        @Argument(help: "The area's code, '*' for areas without a chain of their own.")
        var area: String
        @Argument(help: "The step, 1 to 9; 1 is asked first.")
        var step: Int
        @Option(help: "The person's code.")
        var person: String?
        @Option(help: "A line to ring, up to 60 characters.")
        var line: String?

        func validate() throws {
            guard (1...9).contains(step) else { throw ValidationError("A step is 1 to 9.") }
            guard (person == nil) != (line == nil) else { throw ValidationError("Give --person or --line.") }
            guard line.map({ (1...60).contains($0.unicodeScalars.count) }) ?? true else {
                throw ValidationError("A line is 1 to 60 characters.")
            }
        }

        var value: EscalationChains.Step {
            EscalationChains.Step(area: area, number: step, person: person, line: line)
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds a person or a line to a step of an area's chain."
        )

        @OptionGroup var common: CommonOptions
        @OptionGroup var step: StepOptions

        func run() async throws {
            let step = step.value
            try await ChainCommand.change(common) { chains, actor in
                Output.noteUnknownAreas(try await chains.add(step, by: actor))
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes a person or a line out of a step.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var step: StepOptions

        func run() async throws {
            let step = step.value
            try await ChainCommand.change(common) { chains, actor in try await chains.remove(step, by: actor) }
        }
    }

    struct Cover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Has another asked in somebody's place for a time.",
            discussion: "Of two covers that run at once the one that began last counts."
        )

        @OptionGroup var common: CommonOptions
        @Argument(help: "Who is away.")
        var person: String
        @Option(help: "Who is asked instead.")
        var by: String
        @Option(help: "From when: a date, or a time with offset.")
        var from: MomentArgument
        @Option(help: "Until when; a date means its beginning.")
        var until: MomentArgument

        func validate() throws {
            guard from.moment < until.moment, person != by else {
                throw ValidationError("Cover is by another, and ends after it begins.")
            }
        }

        func run() async throws {
            let cover = EscalationChains.Cover(person: person, by: by, begins: from.moment, ends: until.moment)
            try await ChainCommand.change(common) { chains, actor in try await chains.cover(cover, by: actor) }
        }
    }

    struct Uncover: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Takes a cover away again.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Who was to be away.")
        var person: String
        @Option(help: "When the cover begins, as it was given.")
        var from: MomentArgument

        func run() async throws {
            let (person, begins) = (person, from.moment)
            try await ChainCommand.change(common) { chains, actor in
                try await chains.uncover(person, from: begins, by: actor)
            }
        }
    }

    struct Quiet: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sets the hours in which somebody is asked for immediate alerts only."
        )

        @OptionGroup var common: CommonOptions
        @Argument(help: "The person's code.")
        var person: String
        @Argument(help: "Hours of London's clock, such as 22:00-07:00; 'none' takes them away.")
        var hours: String

        func run() async throws {
            let (person, quiet) = (person, try quietHours())
            try await ChainCommand.change(common) { chains, actor in try await chains.quiet(person, quiet, by: actor) }
        }

        private func quietHours() throws -> EscalationChains.QuietHours? {
            guard hours != "none" else { return nil }
            let ends = hours.split(separator: "-", omittingEmptySubsequences: false).map(ChainCommand.secondOfDay)
            guard ends.count == 2, let begins = ends[0], let end = ends[1], begins != end else {
                throw ValidationError("Hours are such as 22:00-07:00, or none.")
            }
            return EscalationChains.QuietHours(person: person, begins: begins, ends: end)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists chains, cover and quiet hours.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let runtime = try await CommandRuntime(common)
            let chains = try await runtime.withStores { try await $0.chains.all() }
            for step in chains.steps { print("\(step.area)  \(step.number)  \(step.person ?? step.line ?? "")") }
            for cover in chains.covers {
                let (begins, ends) = (London.display(cover.begins), London.display(cover.ends))
                print("\(cover.person) is covered by \(cover.by) from \(begins) to \(ends)")
            }
            for quiet in chains.quiet {
                print("\(quiet.person) is quiet \(ChainCommand.clock(quiet.begins))-\(ChainCommand.clock(quiet.ends))")
            }
            for person in chains.unable.sorted() {
                print("\(person) is passed over: no coordinator's or steward's token with statutory clearance")
            }
            for step in chains.steps where step.area != "*" {
                guard let person = step.person, !chains.unable.contains(person), !chains.reaches(person, [step.area])
                else { continue }
                print("\(person) is passed over in \(step.area): no token of theirs has that area")
            }
        }
    }

    /// Changes the chains as the administrator, whom the audit names.
    private static func change(
        _ common: CommonOptions,
        _ change: @escaping @Sendable (ChainRegistry, String) async throws -> Void
    ) async throws {
        let runtime = try await CommandRuntime(common)
        let actor = try runtime.administrator()
        try await runtime.withStores { try await change($0.chains, actor) }
    }

    /// Seconds of `HH:MM`.
    private static func secondOfDay(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int64(parts[0]),
            let minute = Int64(parts[1]), (0...23).contains(hour), (0...59).contains(minute)
        else { return nil }
        return hour * 3_600 + minute * 60
    }

    private static func clock(_ second: Int64) -> String {
        let digits = { (value: Int64) in (value < 10 ? "0" : "") + String(value) }
        return digits(second / 3_600) + ":" + digits(second / 60 % 60)
    }
}
