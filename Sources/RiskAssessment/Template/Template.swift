package import Safeguarding

/// A partnership's risk assessment template: every number and every text of the score, as data (interfaces.md "The
/// template").
///
/// Immutable once read; `init(yaml:)` is the way to one. A class only so that a big constant is passed by reference: nothing
/// in it ever changes. The rules that use the numbers are scoring.md's.
package final class Template: Sendable {
    /// What the evidence under a template is.
    package enum EvidenceKind: String, Sendable, CaseIterable {
        case safeguarding
        /// Made to show load and mechanics on open data; says on every output that it is no safeguarding evidence.
        case demonstration
    }

    package let id: String
    package let version: Int
    package let title: String
    package let evidence: EvidenceKind
    /// Shown on every output of a demonstration; nil for safeguarding.
    package let notice: String?
    /// Protective marking of everything made under the template.
    package let marking: String
    /// How products are to be handled, in a sentence.
    package let handling: String

    package let signs: [SignDefinition]
    package let categories: [CategoryDefinition]
    package let grading: [AgencyKind: DefaultGrades]
    package let factors: Factors
    package let events: EventRules
    package let likelihood: LikelihoodRules
    package let severity: SeverityRules
    package let controls: ControlRules
    package let bands: BandRules
    package let trend: TrendRules
    package let confidence: ConfidenceRules
    package let reviews: ReviewRules
    package let alerts: AlertRules
    package let disruption: [DisruptionOption]
    package let prompts: [PromptRule]
    package let examples: [TemplateExample]

    /// Every value with its path, in the order of the file: the canonical content, free of comments and layout.
    package let outline: [TemplateLine]

    /// The same turned into tables, for `assess`.
    let tables: ScoreTables

    init(
        header: Header,
        signs: [SignDefinition],
        categories: [CategoryDefinition],
        rules: Rules,
        catalogues: Catalogues,
        outline: [TemplateLine]
    ) {
        id = header.id
        version = header.version
        title = header.title
        evidence = header.evidence
        notice = header.notice
        marking = header.marking
        handling = header.handling
        self.signs = signs
        self.categories = categories
        grading = rules.grading
        factors = rules.factors
        events = rules.events
        likelihood = rules.likelihood
        severity = rules.severity
        controls = rules.controls
        bands = rules.bands
        trend = rules.trend
        confidence = rules.confidence
        reviews = rules.reviews
        alerts = rules.alerts
        disruption = catalogues.disruption
        prompts = catalogues.prompts
        examples = catalogues.examples
        self.outline = outline
        tables = ScoreTables(signs, rules)
    }

    /// Who the template is.
    struct Header: Sendable, Hashable {
        var id: String
        var version: Int
        var title: String
        var evidence: EvidenceKind
        var notice: String?
        var marking: String
        var handling: String
    }

    /// Everything that moves a number, a band or an alert.
    struct Rules: Sendable, Hashable {
        var grading: [AgencyKind: DefaultGrades]
        var factors: Factors
        var events: EventRules
        var likelihood: LikelihoodRules
        var severity: SeverityRules
        var controls: ControlRules
        var bands: BandRules
        var trend: TrendRules
        var confidence: ConfidenceRules
        var reviews: ReviewRules
        var alerts: AlertRules
    }

    /// What prompts people and moves no number.
    struct Catalogues: Sendable, Hashable {
        var disruption: [DisruptionOption]
        var prompts: [PromptRule]
        var examples: [TemplateExample]
    }

    /// The rules again, for a variant of the template.
    var rules: Rules {
        Rules(
            grading: grading,
            factors: factors,
            events: events,
            likelihood: likelihood,
            severity: severity,
            controls: controls,
            bands: bands,
            trend: trend,
            confidence: confidence,
            reviews: reviews,
            alerts: alerts
        )
    }
}

extension Template {
    /// The sign of a code; nil where the catalogue has none.
    package func sign(_ code: String) -> SignDefinition? { tables.signIndex[code].map { signs[Int($0)] } }

    package func category(_ category: LocationCategory) -> CategoryDefinition? {
        categories.first { $0.category == category }
    }

    /// The grade of a report that carries none, by the reporter's kind and how they came to know.
    package func defaultGrade(of kind: AgencyKind, _ knowledge: Knowledge) -> Grade? {
        grading[kind]?.grade(knowledge)
    }

    /// Powers and other responses worth considering at a category of place; people decide, nothing is ever required.
    package func disruption(at category: LocationCategory) -> [DisruptionOption] {
        disruption.filter { $0.categories.contains(category) }
    }
}
