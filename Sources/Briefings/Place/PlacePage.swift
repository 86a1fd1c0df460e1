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
    package init(
        _ place: PlaceSummary,
        assessment: Assessment?,
        asOf: Moment,
        reader: Reader,
        wording: TemplateWording
    ) {
        var place = place
        if let assessment { place.take(assessment, exactly: reader.view == .full) }
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
    fileprivate mutating func take(_ assessment: Assessment, exactly isExact: Bool) {
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
        if isOfThePast { reports = .shown(assessment.reports, exactly: isExact) }
    }
}
