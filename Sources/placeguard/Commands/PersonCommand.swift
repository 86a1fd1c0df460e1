import ArgumentParser
import Safeguarding
import Store

/// People of the agencies; cursors, judgements and the audit key on them.
struct PersonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "person",
        abstract: "People of the partner agencies.",
        subcommands: [Add.self, List.self, Link.self]
    )

    /// Adds a person.
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Adds a person to an agency.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Short code, such as a.moreau.")
        var code: String
        @Option(help: "The agency's code.")
        var agency: String
        @Option(help: "The person's name.")
        var name: String
        @Option(help: "The person's address for e-mail.")
        var email: String?

        func run() async throws {
            let person = NewPerson(code: code, agency: agency, name: name, email: email)
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            try await runtime.withStores { try await $0.people.add(person, by: actor) }
        }
    }

    /// Lists the people.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the people.")

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let runtime = try await CommandRuntime(common)
            for person in try await runtime.withStores({ try await $0.people.list() }) {
                print("\(person.code)  \(person.agency)  \(person.name)")
            }
        }
    }

    /// Links a person to a place where they work or which they operate.
    struct Link: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Links a person to a place: they see no alerts about it and decide nothing about it."
        )

        @OptionGroup var common: CommonOptions
        @Argument(help: "The person's code.")
        var code: String
        @OptionGroup var place: LocationArgument
        @Option(name: .customLong("as"), help: "operator or employer.")
        var relation: LocationLink

        func run() async throws {
            let (code, id, relation) = (code, try place.id(), relation)
            let runtime = try await CommandRuntime(common)
            let actor = try runtime.administrator()
            try await runtime.withStores { try await $0.people.link(person: code, to: id, as: relation, by: actor) }
        }
    }
}
