import ArgumentParser
import Safeguarding
import Store

/// What is running: schema, backlog, positions of the log.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows schema version, backlog, positions of the log and the audit's head."
    )

    @OptionGroup var common: CommonOptions
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let runtime = try await CommandRuntime(common)
        let facts = try await runtime.withStores { stores in
            let readiness = try await stores.briefings.readiness()
            let open = try await stores.alerts.position(of: .open)
            let full = try await stores.alerts.position(of: .full)
            let template = try await stores.templates.activeVersion()
            let head = try await stores.audit.head()
            return JSON.object([
                ("schemaVersion", .int(readiness.schemaVersion)),
                ("template", template.map { .string("\($0.id)@\($0.version)") } ?? .null),
                ("dueNow", .int(readiness.dueNow)), ("oldestDueSeconds", .integer(readiness.oldestDueSeconds)),
                ("openHead", .integer(open.head)), ("openEpoch", .string(open.epoch)),
                ("fullHead", .integer(full.head)), ("fullEpoch", .string(full.epoch)),
                ("auditHead", .optional(head.text)), ("auditUnsealed", .int(head.unsealed)),
                ("singleRole", .bool(readiness.singleRole)),
            ])
        }
        guard !json else { return print(facts.text) }
        guard case .object(let members) = facts else { return }
        for member in members { print("\(member.key): \(member.value.text)") }
    }
}
