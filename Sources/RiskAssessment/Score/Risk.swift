import Safeguarding

/// Likelihood, severity, controls and band (scoring.md sections 6, 7 and 8).
struct Risk {
    private(set) var likelihood = 1
    private(set) var severity = 1
    private(set) var controlCredit = 0
    private(set) var residualLikelihood = 1
    private(set) var band: Band
    private(set) var marks: [Mark] = []
    private(set) var rules: [ScoreRule] = []
    private(set) var controls: [ExplainedControl] = []

    var inherent: Int { likelihood * severity }
    var residual: Int { residualLikelihood * severity }

    init(_ table: EvidenceTable, _ window: WindowFacts, _ points: Points, _ template: Template) {
        band = .green
        let latestReview = Risk.latestReview(table.evidence.reviews, at: table.now)
        if window.isEmpty {
            rateHistory(table.suspectedFalseReceived, latestReview)
            applyControls(table, window, template)
            return
        }
        rateLikelihood(window, points, template.likelihood)
        let isPossible = rateSeverity(window, latestReview, template.severity)
        applyControls(table, window, template)
        band = isPossible ? .unrated : template.bands.band(of: residual)
    }

    private static func latestReview(_ reviews: [Review], at now: Moment) -> Moment? {
        reviews.filter { $0.at <= now && $0.recorded <= now }.map(\.at).max()
    }

    /// Nothing in the window: history only, or only what is suspected to be false, which somebody should have looked at.
    private mutating func rateHistory(_ suspectedFalseReceived: Moment?, _ latestReview: Moment?) {
        guard let received = suspectedFalseReceived else {
            marks.append(.historyOnly)
            return
        }
        marks.append(.suspectedFalseOnly)
        if latestReview.map({ received > $0 }) ?? true {
            rules.append(.suspectedFalseOnly)
            band = .unrated
        }
    }

    private mutating func rateLikelihood(_ window: WindowFacts, _ points: Points, _ likelihoodRules: LikelihoodRules) {
        likelihood = 1 + likelihoodRules.steps.count { points.units >= Int64($0.value) * (Points.one / 100) }
        if window.origins == 1 { marks.append(.singleSource) }
        if window.origins < likelihoodRules.independentOrigins && likelihood > likelihoodRules.cap {
            likelihood = likelihoodRules.cap
            rules.append(.singleSourceCap)
        }
    }

    /// Sets severity and answers whether the place is unrated because of a doubtful report of the gravest kind.
    private mutating func rateSeverity(
        _ window: WindowFacts,
        _ latestReview: Moment?,
        _ severityRules: SeverityRules
    ) -> Bool {
        let lowered =
            window.doubtfulSeverity == 0
            ? 0 : max(window.doubtfulSeverity - severityRules.doubtfulLoweredBy, severityRules.doubtfulAtLeast)
        severity = max(window.trustedSeverity, lowered, 1)
        if window.trustedSeverity == 0 {
            marks.append(.lowGradeOnly)
            rules.append(.lowGradeSeverity)
        }
        guard let received = window.possibleReceived, window.trustedSeverity < severityRules.possible,
            latestReview.map({ received > $0 }) ?? true
        else { return false }
        marks.append(.possible5)
        rules.append(.possible5)
        return true
    }

    private mutating func applyControls(_ table: EvidenceTable, _ window: WindowFacts, _ template: Template) {
        let listed = template.tables.creditedControls[table.evidence.category] ?? []
        let known = Risk.latestStates(table.evidence.controls, at: table.now)
        for control in known where listed.contains(control.code) {
            let credit = template.controls.credit(control.state, verified: control.verified, at: table.now)
            controlCredit += credit
            controls.append(
                ExplainedControl(code: control.code, state: control.state, verified: control.verified, credit: credit)
            )
        }
        residualLikelihood = likelihood
        let lowers = template.controls.reductions.last { controlCredit >= $0.credit.value }?.lowers ?? 0
        guard lowers > 0 else { return }
        if window.withholdsControls {
            marks.append(.controlsWithheld)
            rules.append(.controlsWithheld)
        } else {
            residualLikelihood = max(1, likelihood - lowers)
            if residualLikelihood < likelihood { rules.append(.controlsApplied) }
        }
    }

    /// The latest state known of each control, by code.
    static func latestStates(_ controls: [Control], at now: Moment) -> [Control] {
        var latest: [String: Control] = [:]
        for control in controls where control.at <= now && control.recorded <= now {
            if let other = latest[control.code], (other.at, other.recorded) > (control.at, control.recorded) {
                continue
            }
            latest[control.code] = control
        }
        return latest.values.sorted { $0.code < $1.code }
    }
}
