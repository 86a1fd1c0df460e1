import ArgumentParser
import RiskAssessment
import Safeguarding
import Store

/// The score of a place, line by line, now or as of a moment.
struct AssessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assess",
        abstract: "Computes the score of a location from its evidence and explains it.",
        discussion: "Nothing is stored: the same evidence and template give the same digits whenever this is asked."
    )

    @OptionGroup var common: CommonOptions
    @OptionGroup var acting: ActingOptions
    @OptionGroup var place: LocationArgument
    @Option(help: "As of this moment: what was known then.")
    var at: MomentArgument?
    @Flag(help: "Show every line of the sum.")
    var explain = false
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let runtime = try await CommandRuntime(common)
        let (acting, id, moment, explain, json) = (acting, try place.id(), at?.moment, explain, json)
        try await runtime.withStores { stores in
            let steward = try await acting.steward(runtime, stores)
            guard try await stores.briefings.place(id, reader: steward.reader) != nil || steward.reader.person == nil
            else {
                throw CommandFailure("There is no such location, or it may not be seen.")
            }
            let found =
                if let moment {
                    try await stores.assessments.work(for: id, at: moment)
                } else {
                    try await stores.assessments.work(for: id)
                }
            guard let (work, context) = found else { throw CommandFailure("There is no such location.") }
            let template = try await stores.activeTemplate()
            let view = steward.reader.view
            try await stores.audit.add(
                AuditDraft(actor: steward.actor, action: "assess", subject: id.text, detail: "view \(view.rawValue)")
            )
            guard let assessment = template.assess(work.evidence(in: view), at: context.now) else {
                print(json ? #"{"assessed":false}"# : "Nothing is known of this place at that moment.")
                return
            }
            let report = AssessmentReport(
                assessment,
                under: template,
                in: view,
                clearances: steward.reader.clearances
            )
            if json {
                print(report.json.text)
            } else {
                for line in explain ? report.lines : report.summary { print(line) }
            }
        }
    }
}
