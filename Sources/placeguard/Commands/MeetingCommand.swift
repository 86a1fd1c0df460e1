import ArgumentParser
import Safeguarding
import Store

/// Meeting dates: a red place is reviewed at the next one.
struct MeetingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meeting",
        abstract: "The dates of the partnership's meetings.",
        subcommands: [Add.self, List.self]
    )

    /// Adds a date.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Adds a meeting.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "When: a date, or a time with offset.")
        var at: MomentArgument
        @Option(help: "What it is called.")
        var name = "Multi-agency meeting"

        func run() async throws {
            let (moment, name) = (at.moment, name)
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            do {
                _ = try await runtime.withStores { try await $0.calendar.add(meetingAt: moment, name: name, by: actor) }
            } catch CalendarRefusal.meetingInPast {
                throw CommandFailure("A meeting must be later than now.")
            }
        }
    }

    /// Lists the dates to come.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the meetings to come.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let runtime = try await CommandRuntime(common)
            let meetings = try await runtime.withStores { stores in
                try await stores.calendar.meetings(from: stores.settings.now())
            }
            for meeting in meetings { print("\(London.display(meeting.at))  \(meeting.name)") }
        }
    }
}
