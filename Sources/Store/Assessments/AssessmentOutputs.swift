import Crypto
import Safeguarding

/// What an assessment puts out, in the form that is stored and compared: a row is written only when it differs.
///
/// Not part of it: the moment it was made, and `nextChange`, which is a timer and no conclusion. The versions of the items
/// read are part: a review settles what its assessment has seen, so an item that moves no number makes a new one.
struct AssessmentOutputs: Sendable {
    let explanation: String
    /// The item versions read, ascending.
    let items: [Int64]
    /// SHA-256 over everything above and every number.
    let digest: [UInt8]

    init(
        _ assessment: Assessment,
        effectiveBand: Band,
        items: [Int64],
        templateID: String,
        templateVersion: Int
    ) {
        explanation = assessment.explanation.json.text
        self.items = items.sorted()
        var hash = SHA256()
        hash.update(data: Array(Self.numbers(assessment, effectiveBand).text.utf8))
        hash.update(data: Array("\n\(templateID)@\(templateVersion)\n".utf8))
        hash.update(data: Array(self.items.map(String.init).joined(separator: ",").utf8))
        hash.update(data: Array(("\n" + explanation).utf8))
        digest = Array(hash.finalize())
    }

    private static func numbers(_ assessment: Assessment, _ effectiveBand: Band) -> JSON {
        .object([
            ("points", .integer(assessment.points.units)),
            ("likelihood", .int(assessment.likelihood)),
            ("severity", .int(assessment.severity)),
            ("inherent", .int(assessment.inherent)),
            ("controlCredit", .int(assessment.controlCredit)),
            ("residualLikelihood", .int(assessment.residualLikelihood)),
            ("residual", .int(assessment.residual)),
            ("band", .string(assessment.band.rawValue)),
            ("effectiveBand", .string(effectiveBand.rawValue)),
            ("trend", .string(assessment.trend.rawValue)),
            ("confidence", .string(assessment.confidence.rawValue)),
            ("marks", .strings(assessment.marks.map(\.rawValue))),
            ("events", .int(assessment.events)),
            ("inWindow", .int(assessment.inWindow)),
            ("lifted", .int(assessment.lifted)),
            ("signs", .strings(assessment.signs)),
            ("restrictedItems", .bool(assessment.hasRestrictedItems)),
            ("handling", .string(assessment.handling.rawValue)),
            ("reports", .int(assessment.reports)),
            ("agencies", .int(assessment.agencies)),
            (
                "reportsByKind",
                .array(
                    assessment.kindCounts.map { .array([.string($0.kind.rawValue), .int($0.reports)]) }
                )
            ),
            ("severityFour", .bool(assessment.hasSeverityFour)),
        ])
    }
}

extension Assessment {
    /// Distinct reports in the window by kind of agency, in the order of the closed list, as lists and filters may tell it.
    ///
    /// Without those known from `police-intel` or `lado` items only: such an item is listed with points, and without sign,
    /// time or agency (design.md "A score must not leak"). They are in the total.
    var kindCounts: [(kind: AgencyKind, reports: Int)] {
        var reports: [AgencyKind: Set<ReportID>] = [:]
        for item in explanation.events.lazy.flatMap(\.items) where !item.compartment.isRestricted {
            reports[item.agencyKind, default: []].insert(item.report)
        }
        return AgencyKind.allCases.compactMap { kind in reports[kind].map { (kind, $0.count) } }
    }
}
