import Safeguarding

/// A template turned into tables, once, so that `assess` only adds and looks up.
struct ScoreTables: Sendable {
    /// Units of ``Points`` in one unit of an item's points.
    ///
    /// Severity x four factors in hundredths is exact at 10^-8; the share of further signs adds two places.
    static let itemUnit: Int64 = 100

    // Signs, by position in the catalogue.
    let signIndex: [String: Int32]
    let codes: [String]
    let severities: [Int64]
    let isStructural: [Bool]
    let isProtective: [Bool]
    let isRestricted: [Bool]
    let withholdsControls: [Bool]

    /// Source x information x attribution at 10^-6, by grade and attribution.
    private let weights: [Int64]
    /// By position of the information grade: whether its severity is taken as it is.
    let isTrusted: [Bool]
    private let ageSteps: [AgeStep]
    /// Ages in seconds at which something about an item may change, ascending.
    let ages: [Int64]

    let liftsFrom: InformationGrade
    let liftsTo: InformationGrade
    let corroborationSpan: Int64
    let sameSignSpan: Int64?
    let sameOriginatorSpan: Int64?
    /// Codes of the controls that earn credit at a category.
    let creditedControls: [LocationCategory: Set<String>]

    /// An age factor in hundredths for ages under a number of seconds.
    private struct AgeStep: Sendable {
        var under: Int64
        var factor: Int64
    }

    init(_ signs: [SignDefinition], _ rules: Template.Rules) {
        signIndex = Dictionary(signs.enumerated().map { ($1.code, Int32($0)) }) { first, _ in first }
        codes = signs.map(\.code)
        severities = signs.map { Int64($0.severity) }
        isStructural = signs.map(\.isStructural)
        isProtective = signs.map(\.isProtective)
        isRestricted = signs.map(\.isRestricted)
        withholdsControls = signs.map { rules.controls.withheldBySigns.contains($0.code) }
        weights = ScoreTables.weights(rules.factors)
        isTrusted = InformationGrade.allCases.map(rules.severity.trusted.contains)
        ageSteps = rules.factors.ageSteps.map {
            AgeStep(under: Int64($0.underDays) * Moment.day, factor: Int64($0.factor.value))
        }
        let days =
            rules.factors.ageSteps.map(\.underDays)
            + [rules.trend.days, 2 * rules.trend.days, rules.severity.suspectedFalseDays]
            + [rules.confidence.lowAfterDays, rules.confidence.highWithinDays]
        ages = Set(days).sorted().map { Int64($0) * Moment.day }
        liftsFrom = rules.factors.corroboration.lifts
        liftsTo = rules.factors.corroboration.countsAs
        corroborationSpan = Int64(rules.factors.corroboration.withinDays) * Moment.day
        sameSignSpan = rules.events.sameSignHours.map { Int64($0) * Moment.hour }
        sameOriginatorSpan = rules.events.sameOriginatorHours.map { Int64($0) * Moment.hour }
        var credited: [LocationCategory: Set<String>] = [:]
        for control in rules.controls.catalogue {
            for category in control.categories { credited[category, default: []].insert(control.code) }
        }
        creditedControls = credited
    }

    private static func weights(_ factors: Factors) -> [Int64] {
        var weights: [Int64] = []
        for source in SourceGrade.allCases {
            for information in InformationGrade.allCases {
                for attribution in Attribution.allCases {
                    weights.append(
                        Int64(factors.source[source]?.value ?? 0)
                            * Int64(factors.information[information]?.value ?? 0)
                            * Int64(factors.attribution[attribution]?.value ?? 0)
                    )
                }
            }
        }
        return weights
    }

    /// Source x information x attribution, at 10^-6.
    func weight(_ source: SourceGrade, _ information: InformationGrade, _ attribution: Attribution) -> Int64 {
        let grade = (source.rawValue - 1) * 5 + information.position
        return weights[grade * 4 + attribution.position]
    }

    /// The age factor in hundredths that the steps give, 0 past the last.
    func ageFactor(_ age: Int64) -> Int64 {
        for step in ageSteps where age < step.under { return step.factor }
        return 0
    }
}

extension InformationGrade {
    /// Place in `allCases`, 0 for the best.
    var position: Int {
        switch self {
        case .a: 0
        case .b: 1
        case .c: 2
        case .d: 3
        case .e: 4
        }
    }
}

extension Attribution {
    /// Place in `allCases`.
    var position: Int {
        switch self {
        case .inside: 0
        case .connected: 1
        case .nearby: 2
        case .journey: 3
        }
    }
}
