import Foundation
import RiskAssessment
import Safeguarding
import TestSupport

// Measures `assess` in evidence items per second on one core; Benchmarks/assess runs it.
// Arguments: the template's file, and seconds per measurement.

/// A place as partners report it over two years: so many items of a dozen signs, five agencies, thirty people.
func evidence(items: Int, template: Template, now: Moment, _ generator: inout SeededGenerator) -> Evidence {
    let signs = template.signs.filter { !$0.isProtective }.map(\.code).prefix(12)
    let grades = ["1A", "1A", "1C", "2A", "2C", "2D"].compactMap { Grade($0) }
    let recorded = (0..<items).map { number -> RecordedItem in
        let observed = now - Int64.random(in: 3_600...(700 * Moment.day), using: &generator)
        let agency = Int.random(in: 0..<5, using: &generator)
        return RecordedItem(
            version: Int64(number),
            report: ReportID(UniqueID(high: 1, low: UInt64(number * 4 / 5))),
            sign: signs.randomElement(using: &generator) ?? "",
            grade: grades.randomElement(using: &generator) ?? Grade(source: .reliable, information: .a),
            attribution: Attribution.allCases.randomElement(using: &generator) ?? .inside,
            observed: observed,
            received: observed + 3_600,
            agency: "agency-\(agency)",
            agencyKind: AgencyKind.allCases[agency],
            originator: OriginatorHash(UInt64.random(in: 0..<30, using: &generator), 0, 0, 0)
        )
    }
    return Evidence(category: .takeaway, items: recorded)
}

/// Items per second of the best of five runs of `seconds` / 5 each: the one least disturbed by others on the machine.
func rate(_ seconds: Double, items: Int, _ work: () -> Int64) -> Double {
    let clock = ContinuousClock()
    var best = 0.0
    var sink: Int64 = 0
    for _ in 0..<5 {
        let started = clock.now
        var rounds = 0
        repeat {
            for _ in 0..<8 { sink &+= work() }
            rounds += 8
        } while clock.now - started < .seconds(seconds / 5)
        let taken = (clock.now - started) / .nanoseconds(1)
        best = max(best, Double(rounds * items) / (taken / 1e9))
    }
    precondition(sink != 0, "the work was optimised away")
    return best
}

guard CommandLine.arguments.count == 3, let seconds = Double(CommandLine.arguments[2]),
    let text = try? String(contentsOfFile: CommandLine.arguments[1], encoding: .utf8)
else {
    print("usage: assess-benchmark TEMPLATE SECONDS")
    exit(2)
}
let template = try Template(yaml: text)
let now = Moment(seconds: 1_790_000_000)
var generator = SeededGenerator(seed: 20_261_125)

for items in [5, 50, 500, 5_000] {
    let place = evidence(items: items, template: template, now: now, &generator)
    guard let assessment = template.assess(place, at: now) else { continue }
    var plain = PlainSums(assessment.explanation)
    let plainRate = rate(seconds, items: plain.count) { plain.total() }
    let bare = rate(seconds, items: items) { template.assess(place, at: now, explaining: false)?.points.units ?? 0 }
    let explained = rate(seconds, items: items) { template.assess(place, at: now)?.points.units ?? 0 }
    func millions(_ rate: Double) -> String { String(format: "%.2f M/s", rate / 1e6) }
    print(
        "\(items) items at a place: plain sums \(millions(plainRate)); assess \(millions(bare)) "
            + String(format: "= %.3f x; ", bare / plainRate) + "with its explanation \(millions(explained)) "
            + String(format: "= %.3f x", explained / plainRate) + " (goal 0.25 x and 1.00 M/s)"
    )
}
