package import Safeguarding

/// One place with its explained score at a moment, as one reader may see it.
package struct PlacePage: Sendable {
    package var entry: PlaceEntry
    /// Nil where nothing is known of the place at that moment.
    package var assessment: ShownAssessment?
    package var asOf: Moment
    package var view: View
    package var wording: TemplateWording

    var explanation: ShownExplanation? { assessment?.explanation }

    /// The place as the list shows it, with the numbers of the assessment where one is given.
    ///
    /// - Parameter past: For a page as of an earlier moment: what is known of the present only is left out then.
    package init(
        _ place: PlaceSummary,
        past: PastPlace? = nil,
        assessment: Assessment?,
        asOf: Moment,
        reader: Reader,
        wording: TemplateWording
    ) {
        var place = place
        if let past { place.take(past, reports: assessment?.reports, exactly: reader.view == .full) }
        if let assessment { place.take(assessment) }
        entry = PlaceEntry(
            place,
            rank: nil,
            view: reader.view,
            signLabels: wording.signLabels,
            categoryLabels: wording.categoryLabels
        )
        self.assessment = assessment.map {
            ShownAssessment($0, reader: reader, signLabels: wording.signLabels)
        }
        self.asOf = asOf
        self.wording = wording
        view = reader.view
    }
}

/// What is known of a place at an earlier moment beside its assessment.
package struct PastPlace: Sendable, Hashable {
    /// The judgement in force then.
    package var judged: Band?

    package init(judged: Band?) {
        self.judged = judged
    }
}

/// What a document takes from the template in force besides numbers.
package struct TemplateWording: Sendable, Hashable {
    package var templateID: String
    package var templateVersion: Int
    package var marking: String
    /// Shown on every output where the template is a demonstration.
    package var notice: String?
    package var signLabels: [String: String]
    package var categoryLabels: [LocationCategory: String]

    package init(
        templateID: String,
        templateVersion: Int,
        marking: String,
        notice: String?,
        signLabels: [String: String],
        categoryLabels: [LocationCategory: String]
    ) {
        self.templateID = templateID
        self.templateVersion = templateVersion
        self.marking = marking
        self.notice = notice
        self.signLabels = signLabels
        self.categoryLabels = categoryLabels
    }
}

extension PlaceSummary {
    /// Shows the place with the numbers of an assessment of another moment.
    fileprivate mutating func take(_ assessment: Assessment) {
        machineBand = assessment.band
        band = Band.effective(machine: assessment.band, judged: judgedBand)
        trend = assessment.trend
        confidence = assessment.confidence
        likelihood = assessment.likelihood
        severity = assessment.severity
        inherent = assessment.inherent
        residual = assessment.residual
        points = assessment.points
        marks = assessment.marks
        signs = assessment.signs
        assessedAt = assessment.at
    }

    /// Leaves out what is known of the present only.
    fileprivate mutating func take(_ past: PastPlace, reports number: Int?, exactly isExact: Bool) {
        judgedBand = past.judged
        reviewDue = nil
        isReviewOverdue = false
        openAlerts = []
        reportsByKind = []
        if let number { reports = .shown(number, exactly: isExact) }
    }
}
