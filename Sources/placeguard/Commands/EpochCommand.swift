import ArgumentParser
import Safeguarding
import Store

/// Begins a new epoch of the feed after a restore: followers are told instead of skipping events in silence.
struct EpochCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "epoch",
        abstract: "Begins a new epoch of the feed: once, after a backup or a snapshot was put back.",
        discussion: """
            The positions given since the backup may be given again for other events. After this, whoever resumes is told \
            that the epoch has changed and chooses where to go on. A promoted standby is noticed without it.
            """
    )

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let runtime = try await CommandRuntime(common)
        let actor = try runtime.administrator()
        let findings = try await runtime.withStores { try await $0.epochs.renew(by: actor) }
        for finding in findings {
            print("\(finding.view.rawValue): epoch \(finding.position.epoch), position \(finding.position.head)")
        }
    }
}
