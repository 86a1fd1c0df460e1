import ArgumentParser
import Safeguarding
import Store

/// The hash chain over everything that was done and read.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Verifies or shows the audit's hash chain.",
        subcommands: [Verify.self, Show.self]
    )

    /// Recomputes the chain.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Recomputes every link of the chain; exit status 1 where one does not hold."
        )

        @OptionGroup var common: CommonOptions
        @Flag(help: "Print the result as JSON.")
        var json = false

        func run() async throws {
            let json = json
            let runtime = try await CommandRuntime(common)
            let result = try await runtime.withStores { try await $0.audit.verify() }
            let fault: (word: String, number: Int64)? =
                switch result.fault {
                case .missing(let number): ("missing", number)
                case .changed(let number): ("changed", number)
                case nil: nil
                }
            if json {
                print(
                    JSON.object([
                        ("intact", .integer(result.intact)), ("unsealed", .int(result.head.unsealed)),
                        ("head", .optional(result.head.text)), ("fault", .optional(fault?.word)),
                        ("faultAt", fault.map { .integer($0.number) } ?? .null),
                    ]).text
                )
            } else {
                print(
                    "\(result.intact) entries are as they were sealed, \(result.head.unsealed) wait to be sealed; "
                        + "head \(result.head.text ?? "none")"
                )
                if let fault { print("Entry \(fault.number) is \(fault.word).") }
            }
            guard fault == nil else { throw ExitCode.failure }
        }
    }

    /// Prints the latest entries.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints the latest entries, newest last.")

        @OptionGroup var common: CommonOptions
        @Option(help: "How many.")
        var last: Int = 50

        func validate() throws {
            guard (1...10_000).contains(last) else { throw ValidationError("--last is 1 to 10000.") }
        }

        func run() async throws {
            let last = last
            let runtime = try await CommandRuntime(common)
            let entries = try await runtime.withStores { try await $0.audit.entries(limit: last) }
            for entry in entries.reversed() {
                print("\(entry.at.rfc3339) \(entry.actor) \(entry.action) \(entry.subject) \(entry.detail)")
            }
        }
    }
}
