import RiskAssessment
import Safeguarding
import TestSupport

/// Random evidence that likes the edges: ages one second either side of every step, events six hours apart, corroboration
/// 183 days apart, the same person through two agencies, self-reports, structural signs, reviews and inspections between.
struct RandomHistory {
    private var generator: SeededGenerator
    private let signs: [SignDefinition]
    private var reports: UInt64 = 0

    init(seed: UInt64, _ template: Template) {
        generator = SeededGenerator(seed: seed)
        signs = RandomHistory.codes.compactMap(template.sign)
    }

    /// Every severity, structural, protective and restricted ones.
    private static let codes = [
        "child-in-danger-now", "child-discloses-harm-at-place", "staff-inappropriate-contact", "shop-tick-debt",
        "hidden-back-room", "poor-guardianship", "underage-sale", "operating-outside-licence", "cash-no-id-booking",
        "unaccompanied-children-late", "premises-self-report", "young-person-says-safe",
    ]
    private static let controls = [
        "cctv-retained", "staff-trained", "named-safeguarding-lead", "patrols", "challenge-25",
    ]

    mutating func evidence() -> Evidence {
        var items: [RecordedItem] = []
        for _ in 0..<Int.random(in: 0...14, using: &generator) {
            items += report(near: items.randomElement(using: &generator))
        }
        return Evidence(
            category: .licensedPremises,
            items: items.shuffled(using: &generator),
            controls: RandomHistory.controls.filter { _ in Bool.random(using: &generator) }.map { control($0) },
            reviews: (0..<Int.random(in: 0...2, using: &generator)).map { _ in
                .at(ago: age(), closes: Bool.random(using: &generator))
            },
            inspections: (0..<Int.random(in: 0...1, using: &generator)).map { _ in
                let at = now - age()
                return Inspection(sign: "hidden-back-room", at: at, recorded: at)
            }
        )
    }

    mutating func control(_ code: String) -> Control {
        .of(code, ControlState.allCases.randomElement(using: &generator) ?? .claimed, ago: age())
    }

    /// One to three signs of one report, sometimes right beside an item that is there already.
    mutating func report(near neighbour: RecordedItem? = nil) -> [RecordedItem] {
        reports += 1
        let isNear = Bool.random(using: &generator)
        let observed = neighbour.map { isNear ? $0.observed + edge([21_600, 15_811_200]) : now - age() } ?? now - age()
        let received = Int.random(in: 0..<4, using: &generator) == 0 ? observed + age() / 4 : observed + 60
        let agency =
            isNear && Bool.random(using: &generator)
            ? neighbour?.agency ?? "a" : ["a", "b", "c", "d"].randomElement(using: &generator) ?? "a"
        let grade = ["1A", "1A", "2B", "1C", "2C", "2D", "1D", "2E"].randomElement(using: &generator) ?? "1A"
        let originator: OriginatorHash? =
            Bool.random(using: &generator)
            ? (isNear ? neighbour?.originator : nil)
                ?? OriginatorHash(UInt64.random(in: 0..<6, using: &generator), 0, 0, 0) : nil
        let isSelf = Int.random(in: 0..<8, using: &generator) == 0
        let attribution = Attribution.allCases.randomElement(using: &generator) ?? .inside
        let count = [1, 1, 1, 2, 3].randomElement(using: &generator) ?? 1
        return signs.shuffled(using: &generator).prefix(count).enumerated().map { index, sign in
            RecordedItem(
                version: Int64(reports * 10) + Int64(index),
                report: ReportID(UniqueID(high: 0, low: reports)),
                sign: sign.code,
                grade: Grade(grade) ?? Grade(source: .reliable, information: .a),
                attribution: attribution,
                observed: observed,
                received: received,
                agency: agency,
                agencyKind: .community,
                originator: originator,
                selfReport: isSelf
            )
        }
    }

    /// A sign as it would stand alone in a report of its own, far from everything of its sign and person.
    mutating func lone(_ change: (inout RecordedItem) -> Void) -> RecordedItem? {
        guard var item = report().first else { return nil }
        change(&item)
        return item
    }

    private mutating func age() -> Int64 {
        Bool.random(using: &generator)
            ? Int64.random(in: -86_400...70_000_000, using: &generator)
            : edge([91, 182, 183, 365, 730].map { $0 * Moment.day })
    }

    /// One second either side of one of the values, or right on it.
    private mutating func edge(_ values: [Int64]) -> Int64 {
        (values.randomElement(using: &generator) ?? 0) + Int64.random(in: -1...1, using: &generator)
    }
}
