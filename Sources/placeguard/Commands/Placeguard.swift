import ArgumentParser
import Foundation

/// The command line: the daemon and everything the people around it do.
@main
struct Placeguard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "placeguard",
        abstract:
            "Location reports in, explained scores, alerts the moment a place changes, briefings for the meeting.",
        discussion: """
            Commands find the database through the same configuration as the daemon, while it runs or before: a file \
            (--config, else PLACEGUARD_CONFIG, else /etc/placeguard/placeguard.yaml), then PLACEGUARD_* variables.
            Exit status: 0 done, 1 failed, 2 wrong usage, 78 another took the name of a follower or relay.
            """,
        version: Version.current,
        groupedSubcommands: [
            CommandGroup(
                name: "Running it:",
                subcommands: [
                    ServeCommand.self, MigrateCommand.self, StatusCommand.self, DoctorCommand.self, AuditCommand.self,
                    EpochCommand.self,
                ]
            ),
            CommandGroup(
                name: "Partners:",
                subcommands: [
                    AgencyCommand.self, PersonCommand.self, TokenCommand.self, MeetingCommand.self,
                    ChainCommand.self,
                ]
            ),
            CommandGroup(
                name: "Data and rules:",
                subcommands: [ImportCommand.self, TemplateCommand.self, SimulateCommand.self]
            ),
            CommandGroup(
                name: "Alerts:",
                subcommands: [
                    FollowCommand.self, ClaimCommand.self, ReleaseCommand.self, ResolveCommand.self, NoteCommand.self,
                    MuteCommand.self, RelayCommand.self, FiguresCommand.self,
                ]
            ),
            CommandGroup(
                name: "Places:",
                subcommands: [
                    AssessCommand.self, BriefingCommand.self, ReviewCommand.self,
                    InspectCommand.self, ControlCommand.self, JudgeCommand.self, LADOCommand.self,
                    LocateCommand.self,
                ]
            ),
        ]
    )
}

extension Placeguard {
    /// Wrong usage: the parser's own status for it is 64.
    private static let wrongUsage: Int32 = 2

    static func main() async {
        do {
            var command = try parseAsRoot()
            if var concurrent = command as? any AsyncParsableCommand {
                try await concurrent.run()
            } else {
                try command.run()
            }
        } catch  where exitCode(for: error) == .validationFailure {
            Output.note(fullMessage(for: error))
            Foundation.exit(wrongUsage)
        } catch {
            exit(withError: error)
        }
    }
}

/// The program's version, as `--version` and the feed's banner show it.
enum Version {
    static let current = "0.1.0"
}

/// A failure that has been told in a sentence; its description is safe to print.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
