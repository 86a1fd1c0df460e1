import ArgumentParser
import Safeguarding
import Store

/// Partner agencies and what binds them.
struct AgencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agency",
        abstract: "Partner agencies with their information-sharing agreements.",
        subcommands: [Add.self, List.self, Suspend.self, Link.self]
    )

    /// Adds an agency; without a current agreement its accounts do nothing.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Adds an agency.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Short code, such as licensing.")
        var code: String
        @Option(help: "Full name.")
        var name: String
        @Option(help: "Kind: \(AgencyKind.allCases.map(\.rawValue).joined(separator: ", ")).")
        var kind: AgencyKind
        @Option(help: "Reference of the information-sharing agreement.")
        var agreement: String
        @Option(help: "Last day on which the agreement holds.")
        var agreementUntil: String
        @Option(help: "Lawful basis of its reports where they name none.")
        var basis: LawfulBasis
        @Flag(help: "The agency may grade its reports itself.")
        var canGrade = false
        @Option(name: .customLong("area"), help: "Area it works in; repeat for several, none for all.")
        var areas: [String] = []

        func run() async throws {
            guard let last = CivilDate(agreementUntil) else {
                throw ValidationError("--agreement-until is a date such as 2027-03-31.")
            }
            let agency = NewAgency(
                code: code,
                name: name,
                kind: kind,
                agreement: agreement,
                agreementUntil: London.midnight(last.adding(days: 1)),
                lawfulBasis: basis,
                canGrade: canGrade,
                areas: areas
            )
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            let unknown = try await runtime.withStores { try await $0.agencies.add(agency, by: actor) }
            Output.noteUnknownAreas(unknown)
        }
    }

    /// Lists the agencies.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the agencies.")

        @OptionGroup var common: CommonOptions
        @Flag(help: "One JSON object a line.")
        var json = false

        func run() async throws {
            let runtime = try await CommandRuntime(common)
            for agency in try await runtime.withStores({ try await $0.agencies.list() }) {
                let until = London.display(agency.agreementUntil - 1).dropLast(6)
                if json {
                    print(
                        JSON.object([
                            ("code", .string(agency.code)), ("name", .string(agency.name)),
                            ("kind", .string(agency.kind.rawValue)), ("agreement", .string(agency.agreement)),
                            ("agreementUntil", .string(agency.agreementUntil.rfc3339)),
                            ("canGrade", .bool(agency.canGrade)), ("suspended", .bool(agency.isSuspended)),
                        ]).text
                    )
                } else {
                    print(
                        "\(agency.code)  \(agency.kind.rawValue)  \(agency.name)  agreement \(agency.agreement) until \(until)"
                            + (agency.isSuspended ? "  SUSPENDED" : "")
                    )
                }
            }
        }
    }

    /// Suspends an agency: its tokens stop working at once.
    struct Suspend: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Suspends an agency at once, its open sessions included."
        )

        @OptionGroup var common: CommonOptions
        @Argument(help: "The agency's code.")
        var code: String

        func run() async throws {
            let code = code
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            let isDone = try await runtime.withStores { try await $0.agencies.suspend(code, by: actor) }
            guard isDone else { throw CommandFailure("There is no active agency with that code.") }
        }
    }

    /// Links an agency to a place it operates or whose staff it employs.
    struct Link: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Links an agency to a place: nobody linked to a place sees alerts or decides about it."
        )

        @OptionGroup var common: CommonOptions
        @Argument(help: "The agency's code.")
        var code: String
        @OptionGroup var place: LocationArgument
        @Option(name: .customLong("as"), help: "operator or employer.")
        var relation: LocationLink

        func run() async throws {
            let (code, id, relation) = (code, try place.id(), relation)
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            try await runtime.withStores { try await $0.agencies.link(agency: code, to: id, as: relation, by: actor) }
        }
    }
}

extension AgencyKind: ExpressibleByArgument {}
extension LawfulBasis: ExpressibleByArgument {}
extension LocationLink: ExpressibleByArgument {}
