import ArgumentParser
import Safeguarding
import Store

/// A month of the feed in figures: is it acted on, or has it become noise.
struct FiguresCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "figures",
        abstract: "Alerts of a month, by urgency and by coordinator, and the share that was acted on.",
        discussion:
            """
            Of the full view. Acted on: claimed, resolved or noted by somebody. A small share means too many alerts.
            A coordinator's alerts are those that their token may see, whether they listened or not.
            """
    )

    @OptionGroup var common: CommonOptions
    @Option(help: "The month, YYYY-MM; the one before this by default.")
    var month: String?
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let asked = try month.map { text in
            guard let first = CivilDate(text + "-01") else { throw ValidationError("--month is YYYY-MM.") }
            return first
        }
        let runtime = try await CommandRuntime(common)
        let (first, figures) = try await runtime.withStores { stores in
            let today = London.date(at: try await stores.settings.now())
            guard let first = asked ?? today.firstOfMonth(after: -1), let next = first.firstOfMonth(after: 1) else {
                throw ValidationError("--month is YYYY-MM.")
            }
            return (first, try await stores.figures.figures(from: London.midnight(first), to: London.midnight(next)))
        }
        print(json ? Self.json(figures, first).text : Self.text(figures, first))
    }

    private static func share(_ part: Int, _ whole: Int) -> Int? { whole == 0 ? nil : (part * 100 + whole / 2) / whole }

    private static func percent(_ part: Int, _ whole: Int) -> JSON { share(part, whole).map { .int($0) } ?? .null }

    private static func month(_ first: CivilDate) -> String { String(first.text.prefix(7)) }

    private static func json(_ figures: AlertFigures, _ first: CivilDate) -> JSON {
        .object([
            ("month", .string(month(first))), ("alerts", .int(figures.alerts)), ("actedOn", .int(figures.actedOn)),
            ("percent", percent(figures.actedOn, figures.alerts)),
            (
                "urgencies",
                .array(
                    figures.opened.sorted { $0.urgency > $1.urgency }.map { opened in
                        .object([
                            ("urgency", .string(opened.urgency.rawValue)), ("alerts", .int(opened.alerts)),
                            ("actedOn", .int(opened.actedOn)),
                            ("escalated", opened.escalated.map { .int($0) } ?? .null),
                        ])
                    }
                )
            ),
            (
                "coordinators",
                .array(
                    figures.people.map { person in
                        .object([
                            ("subject", .string(person.subject)), ("alerts", .int(person.alerts)),
                            ("actedOn", .int(person.actedOn)), ("percent", percent(person.actedOn, person.alerts)),
                            ("events", .int(person.events)),
                            ("alertsActedOn", .int(person.alertsActedOn)), ("claims", .int(person.claims)),
                            ("resolved", .int(person.resolved)), ("notes", .int(person.notes)),
                        ])
                    }
                )
            ),
        ])
    }

    private static func text(_ figures: AlertFigures, _ first: CivilDate) -> String {
        func counted(_ alerts: Int, _ actedOn: Int) -> String {
            "\(alerts) alerts, \(actedOn) acted on" + (share(actedOn, alerts).map { " (\($0) %)" } ?? "")
        }
        let urgencies = figures.opened.sorted { $0.urgency > $1.urgency }.map { opened in
            let escalated = opened.escalated.map { "\($0) escalated" } ?? "of escalations the log tells no more"
            return "  \(opened.urgency.rawValue): \(opened.alerts) alerts, \(opened.actedOn) acted on, \(escalated)"
        }
        let people = figures.people.map {
            "  \($0.subject): \(counted($0.alerts, $0.actedOn)), \($0.alertsActedOn) by themselves "
                + "(\($0.claims) claims, \($0.resolved) resolved, \($0.notes) notes); \($0.events) events sent"
        }
        let head = "\(month(first)): \(counted(figures.alerts, figures.actedOn))"
        return ([head] + urgencies + (people.isEmpty ? [] : ["by coordinator:"] + people)).joined(separator: "\n")
    }
}

extension CivilDate {
    /// The first day of the month so many months away.
    func firstOfMonth(after months: Int) -> CivilDate? {
        let index = year * 12 + month - 1 + months
        return CivilDate(year: index / 12, month: index % 12 + 1, day: 1)
    }
}
