/// What `assess` computed for one location in one view (scoring.md section 9).
package struct Assessment: Sendable, Hashable {
    package var at: Moment
    package var points: Points
    package var likelihood: Int
    package var severity: Int
    package var inherent: Int
    /// Control credit K in hundredths.
    package var controlCredit: Int
    package var residualLikelihood: Int
    package var residual: Int
    /// The machine's band, before any person's judgement.
    package var band: Band
    package var trend: Trend
    package var confidence: Confidence
    /// Sorted.
    package var marks: [Mark]
    /// Number of events, of items in the window, of items lifted by corroboration.
    package var events: Int
    package var inWindow: Int
    package var lifted: Int
    /// Sign codes of the items in the window by weight, heaviest first; those known from restricted items only are left out.
    package var signs: [String]
    /// An item of the compartments `police-intel` or `lado` is in the window.
    package var hasRestrictedItems: Bool
    /// The strictest handling of the items in the window.
    package var handling: HandlingCode
    /// Distinct reports in the window by kind of agency, and in all; distinct agencies in the window.
    package var reportsByKind: [AgencyKind: Int]
    package var reports: Int
    package var agencies: Int
    /// A scored item of severity 4 or more is in the window.
    package var hasSeverityFour: Bool
    /// Nothing changes strictly between `at` and this moment without new input.
    package var nextChange: Moment?
    package var explanation: Explanation

    package init(
        at: Moment,
        points: Points,
        likelihood: Int,
        severity: Int,
        inherent: Int,
        controlCredit: Int,
        residualLikelihood: Int,
        residual: Int,
        band: Band,
        trend: Trend,
        confidence: Confidence,
        marks: [Mark],
        events: Int,
        inWindow: Int,
        lifted: Int,
        signs: [String],
        reportsByKind: [AgencyKind: Int],
        reports: Int,
        agencies: Int,
        hasSeverityFour: Bool,
        nextChange: Moment?,
        explanation: Explanation,
        hasRestrictedItems: Bool = false,
        handling: HandlingCode = .permitted
    ) {
        self.at = at
        self.points = points
        self.likelihood = likelihood
        self.severity = severity
        self.inherent = inherent
        self.controlCredit = controlCredit
        self.residualLikelihood = residualLikelihood
        self.residual = residual
        self.band = band
        self.trend = trend
        self.confidence = confidence
        self.marks = marks
        self.events = events
        self.inWindow = inWindow
        self.lifted = lifted
        self.signs = signs
        self.hasRestrictedItems = hasRestrictedItems
        self.handling = handling
        self.reportsByKind = reportsByKind
        self.reports = reports
        self.agencies = agencies
        self.hasSeverityFour = hasSeverityFour
        self.nextChange = nextChange
        self.explanation = explanation
    }
}
