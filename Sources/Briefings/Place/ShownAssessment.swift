package import Safeguarding

/// The numbers of an assessment as one reader may see them, under the names of the conformance vectors.
package struct ShownAssessment: Sendable {
    package var assessment: Assessment
    /// Points and exact counts are told.
    package var isExact: Bool
    package var explanation: ShownExplanation

    package init(_ assessment: Assessment, reader: Reader, signLabels: [String: String]) {
        self.assessment = assessment
        isExact = reader.view == .full
        explanation = ShownExplanation(assessment.explanation, reader: reader, signLabels: signLabels)
    }

    package var json: JSON {
        var members: [(key: String, value: JSON)] = [("at", .string(assessment.at.rfc3339))]
        if isExact {
            members += [
                ("points", .integer(assessment.points.units)), ("pointsShown", .string(assessment.points.shown)),
                ("events", .int(assessment.events)), ("inWindow", .int(assessment.inWindow)),
                ("lifted", .int(assessment.lifted)),
                ("nextChange", assessment.nextChange.map { .string($0.rfc3339) } ?? .null),
            ]
        }
        members += [
            ("likelihood", .int(assessment.likelihood)), ("severity", .int(assessment.severity)),
            ("inherent", .int(assessment.inherent)), ("controlCredit", .hundredths(assessment.controlCredit)),
            ("residualLikelihood", .int(assessment.residualLikelihood)), ("residual", .int(assessment.residual)),
            ("band", .string(assessment.band.rawValue)), ("trend", .string(assessment.trend.rawValue)),
            ("confidence", .string(assessment.confidence.rawValue)),
            ("marks", .strings(assessment.marks.map(\.rawValue))),
            ("explanation", explanation.json),
        ]
        return .object(members)
    }
}
