import RiskAssessment
import Safeguarding

/// The yardstick: the sums of scoring.md section 5 and nothing else, over arrays of plain numbers.
///
/// Grading, ageing, corroboration and events are decided beforehand; what is left is multiplying, finding each event's
/// heaviest item and adding up, as a spreadsheet of the finished factors would.
struct PlainSums {
    private var severities: [Int64] = []
    private var sources: [Int64] = []
    private var information: [Int64] = []
    private var attributions: [Int64] = []
    private var ages: [Int64] = []
    private var events: [Int32] = []
    private var heaviest: [Int64]
    private var sums: [Int64]

    var count: Int { severities.count }

    /// Takes the factors from an explanation.
    init(_ explanation: Explanation) {
        heaviest = Array(repeating: 0, count: explanation.events.count)
        sums = heaviest
        for (number, event) in explanation.events.enumerated() {
            for item in event.items {
                severities.append(Int64(item.severity))
                sources.append(Int64(item.sourceFactor))
                information.append(Int64(item.informationFactor))
                attributions.append(Int64(item.attributionFactor))
                ages.append(Int64(item.ageFactor))
                events.append(Int32(number))
            }
        }
    }

    /// One pass.
    mutating func total() -> Int64 {
        for event in heaviest.indices {
            heaviest[event] = 0
            sums[event] = 0
        }
        for index in severities.indices {
            let points =
                severities[index] * sources[index] * information[index] * attributions[index] * ages[index]
            let event = Int(events[index])
            heaviest[event] = max(heaviest[event], points)
            sums[event] += points
        }
        var total: Int64 = 0
        for event in heaviest.indices {
            total += min(100 * heaviest[event] + 25 * (sums[event] - heaviest[event]), 200 * heaviest[event])
        }
        return total
    }
}
