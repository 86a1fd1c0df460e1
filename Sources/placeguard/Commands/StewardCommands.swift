import ArgumentParser
import Safeguarding

/// Runs a steward's action and turns its refusals into sentences.
private func act(
    _ common: CommonOptions,
    _ acting: ActingOptions,
    _ body: @Sendable @escaping (any StewardActions, Steward) async throws -> Void
) async throws {
    let runtime = try await CommandRuntime(common)
    let acting = acting
    try await runtime.withStores { stores in
        let steward = try await acting.steward(runtime, stores)
        do {
            try await body(stores.steward, steward)
        } catch let refusal as StewardRefusal {
            throw CommandFailure(refusal.sentence)
        }
    }
}

extension StewardRefusal {
    /// What to tell the person whose action was refused.
    var sentence: String {
        switch self {
        case .unknownLocation: "There is no such location."
        case .unknownReport: "There is no such report."
        case .unknownControl: "The template's catalogue has no such control."
        case .unknownSign: "The template's catalogue has no such sign."
        case .notStructural: "Only structural signs are cleared by an inspection; others age."
        case .momentInFuture: "The moment given is later than now."
        case .untilNotLater: "The date until which a judgement holds must be later than now."
        case .nothingToReview: "The location has not been assessed yet, so there is nothing to review."
        case .alreadyLocated: "The report belongs to a location already."
        case .conflictOfInterest: "Nobody linked to a place decides about it."
        case .reasonRequired: "A reason is required."
        case .changed: "More is known of the location since then; read it again."
        }
    }
}

/// Records a review of a place.
struct ReviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "Records a review of the latest assessment of a location."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var acting: ActingOptions
    @OptionGroup var place: LocationArgument
    @Option(help: "What was concluded, in words.")
    var outcome: String
    @Flag(help: "The review closes what it saw: it settles severity 5 and possible 5.")
    var close = false
    @Option(help: "With --close: did the response move the problem elsewhere? yes, no or unknown.")
    var displaced: Displacement?
    @Option(help: "When the location was read: refused where it was assessed anew since.")
    var asOf: MomentArgument?

    func validate() throws {
        if close && displaced == nil { throw ValidationError("--close needs --displaced yes|no|unknown.") }
    }

    func run() async throws {
        let (id, outcome, close, displaced, read) = (try place.id(), outcome, close, displaced, asOf?.moment)
        try await act(common, acting) { actions, steward in
            try await actions.review(
                id,
                outcome: outcome,
                closes: close,
                displaced: displaced,
                asOf: read,
                by: steward
            )
        }
    }
}

/// Records that an inspection found a structural sign gone.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Records that an inspection found a structural sign cleared."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var acting: ActingOptions
    @OptionGroup var place: LocationArgument
    @Option(help: "Code of the structural sign.")
    var sign: String
    @Flag(help: "The sign was found gone.")
    var cleared = false
    @Option(help: "When the inspection was; now by default.")
    var at: MomentArgument?

    func validate() throws {
        if !cleared { throw ValidationError("Say --cleared: an inspection that found the sign again is a report.") }
    }

    func run() async throws {
        let (id, sign, moment) = (try place.id(), sign, at?.moment)
        try await act(common, acting) { actions, steward in
            try await actions.inspect(id, clearedSign: sign, moment: moment, by: steward)
        }
    }
}

/// Records how control measures at a place stand.
struct ControlCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "control",
        abstract: "Records a control measure: add claims it, evidence and verify show it, fail and lapse take it back."
    )

    /// What is recorded.
    enum Change: String, ExpressibleByArgument, CaseIterable {
        case add, evidence, verify, fail, lapse

        var state: ControlState {
            switch self {
            case .add: .claimed
            case .evidence: .evidenced
            case .verify: .verified
            case .fail: .failed
            case .lapse: .lapsed
            }
        }
    }

    @Argument(help: "add, evidence, verify, fail or lapse.")
    var change: Change
    @OptionGroup var place: LocationArgument
    @Argument(help: "Code of the template's control catalogue.")
    var control: String
    @OptionGroup var common: CommonOptions
    @OptionGroup var acting: ActingOptions
    @Option(help: "When that was so; now by default.")
    var at: MomentArgument?
    @Option(help: "A note for the record.")
    var note: String?

    func run() async throws {
        let (id, code, state, moment, note) = (try place.id(), control, change.state, at?.moment, note)
        try await act(common, acting) { actions, steward in
            try await actions.control(code, at: id, state: state, moment: moment, note: note, by: steward)
        }
    }
}

/// Records a person's own rating beside the machine's.
struct JudgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "judge",
        abstract: "Records your own rating of a location beside the machine's, until a date."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var acting: ActingOptions
    @OptionGroup var place: LocationArgument
    @Argument(help: "green, amber, amber-plus or red.")
    var band: Band
    @Option(help: "Why.")
    var reason: String
    @Option(help: "Until when it holds: a date or a time.")
    var until: MomentArgument

    func validate() throws {
        if band == .unrated { throw ValidationError("A judgement is green, amber, amber-plus or red.") }
    }

    func run() async throws {
        let (id, band, reason, until) = (try place.id(), band, reason, until.moment)
        try await act(common, acting) { actions, steward in
            try await actions.judge(id, band: band, reason: reason, until: until, by: steward)
        }
    }
}

/// Lets the open view say that restricted information exists, or takes that back.
struct LADOCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lado",
        abstract: "Whether the open view may say that restricted information about a location exists."
    )

    /// What is decided.
    enum Choice: String, ExpressibleByArgument, CaseIterable {
        case release, withhold
    }

    @Argument(help: "release or withhold.")
    var choice: Choice
    @OptionGroup var place: LocationArgument
    @OptionGroup var common: CommonOptions
    @OptionGroup var acting: ActingOptions

    func run() async throws {
        let (id, isReleased) = (try place.id(), choice == .release)
        try await act(common, acting) { actions, steward in
            try await actions.releaseLADO(id, released: isReleased, by: steward)
        }
    }
}

/// Settles an unlocated report at a place.
struct LocateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "locate",
        abstract: "Settles where an unlocated report belongs."
    )

    @Argument(help: "The report's id (rpt_...).")
    var report: String
    @OptionGroup var place: LocationArgument
    @OptionGroup var common: CommonOptions
    @OptionGroup var acting: ActingOptions

    func run() async throws {
        guard let report = ReportID(report) else { throw ValidationError("That is no report id (rpt_...).") }
        let id = try place.id()
        try await act(common, acting) { actions, steward in
            try await actions.locate(report, at: id, by: steward)
        }
    }
}

extension Displacement: ExpressibleByArgument {}
extension Band: ExpressibleByArgument {}
