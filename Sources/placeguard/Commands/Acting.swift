import ArgumentParser
import Foundation
import Platform
import Safeguarding
import Store

/// Who a command on a place acts as: a person of the partnership, or the administrator at the keyboard.
struct ActingOptions: ParsableArguments {
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp(
            "Code of the person who acts; their links and clearance apply. Without it: the operating-system user as "
                + "administrator, audited so.",
            valueName: "person"
        )
    )
    var person: String?

    /// The reader and actor behind the option.
    func steward(_ runtime: CommandRuntime, _ stores: Stores) async throws -> Steward {
        guard let person else {
            let administrator = try runtime.administrator()
            return Steward(
                actor: administrator,
                reader: Reader(subject: administrator, agency: nil, person: nil, clearances: [.statutory], areas: [])
            )
        }
        guard let reader = try await stores.people.reader(person: person) else {
            throw CommandFailure("There is no person with the code given to --as, or the person's agency is suspended.")
        }
        return Steward(actor: "person:" + person, reader: reader)
    }
}

/// A location given on the command line.
struct LocationArgument: ParsableArguments {
    @Argument(help: "The location's id (loc_...).")
    var location: String

    func id() throws -> LocationID {
        guard let id = LocationID(location) else { throw ValidationError("'\(location)' is no location id (loc_...).") }
        return id
    }
}

/// A moment on the command line: RFC 3339, or a London date meaning its beginning.
struct MomentArgument: ExpressibleByArgument {
    let moment: Moment

    init?(argument: String) {
        if let moment = Moment(rfc3339: argument) {
            self.moment = moment
        } else if let date = CivilDate(argument) {
            moment = London.midnight(date)
        } else {
            return nil
        }
    }
}

/// Writes bytes or text to standard output or to a file.
enum Output {
    static func write(_ bytes: [UInt8], to path: String?) throws {
        guard let path else {
            do {
                return try FileHandle.standardOutput.write(contentsOf: Data(bytes))
            } catch {
                throw CommandFailure("Standard output cannot be written.")
            }
        }
        do {
            try Data(bytes).write(to: URL(fileURLWithPath: path))
        } catch {
            throw CommandFailure("The output file cannot be written.")
        }
    }

    /// A line on standard error; where that is gone, nobody is told.
    static func note(_ text: String) { Terminal(.error).write(text + "\n") }

    /// Codes of areas of which nothing can be heard yet.
    static func noteUnknownAreas(_ codes: [String]) {
        guard !codes.isEmpty else { return }
        note(
            "No boundary has the code \(codes.joined(separator: ", ")): until one is imported nothing is heard from there."
        )
    }
}
