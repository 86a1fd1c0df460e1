import Postgres
package import Safeguarding

/// What the reporting agency may know of its report: receipt, how far it has come, corrections. Never a band.
extension ReportRepository {
    package func status(of report: ReportID, agency: String) async throws -> ReportStatus? {
        try await source.transaction(while: "reading a report's status", reading: .everything, readOnly: true) {
            connection in
            let rows = try await connection.pipeline([
                Statement(
                    """
                    SELECT f.receipt, r.location IS NOT NULL, r.withdrawn_at IS NOT NULL,
                        EXISTS (SELECT FROM placeguard.item i WHERE i.report = r.id AND i.superseded_at IS NULL
                            AND i.location IS NOT NULL AND i.considered_full IS NOT NULL),
                        (SELECT v.outcome FROM placeguard.review v
                            WHERE v.location = r.location AND v.recorded >= r.received
                                -- The view that the agency's own reports are in.
                                AND v.view = CASE WHEN r.compartment = 'open-partner' THEN 'open' ELSE 'full' END
                            ORDER BY v.recorded DESC LIMIT 1)
                    FROM placeguard.report r
                    JOIN placeguard.report_reference f ON f.agency = r.agency AND f.reference = r.reference
                    WHERE r.id = $1 AND r.agency = $2
                    """,
                    [.id(report), .text(agency)]
                ),
                Statement(
                    """
                    SELECT form, recorded FROM placeguard.report_correction
                    WHERE report = $1 AND kind = 'correction' ORDER BY form
                    """,
                    [.id(report)]
                ),
            ])
            guard let row = rows[0].first else { return nil }
            let corrections = try rows[1].map { (version: Int(try $0.int32(0)), recorded: try $0.moment(1)) }
            let state = ReportRepository.state(
                isLocated: try row.bool(1),
                isWithdrawn: try row.bool(2),
                isAssessed: try row.bool(3),
                isCorrected: !corrections.isEmpty
            )
            return ReportStatus(
                receipt: try row.text(0),
                state: state,
                outcome: try row.optionalText(4).map { ReportRepository.outcomeCode($0) },
                corrections: corrections
            )
        }
    }

    /// The furthest state reached.
    private static func state(
        isLocated: Bool,
        isWithdrawn: Bool,
        isAssessed: Bool,
        isCorrected: Bool
    ) -> ReportStatus.State {
        if isWithdrawn { return .withdrawn }
        if isCorrected { return .corrected }
        if isAssessed { return .assessed }
        return isLocated ? .located : .unlocated
    }

    /// A review's outcome where it is a code, else only that there was a review: free text does not leave by itself.
    static func outcomeCode(_ outcome: String) -> String {
        let isCode = outcome.utf8.allSatisfy { (97...122).contains($0) || $0 == UInt8(ascii: "-") }
        return isCode && outcome.utf8.count <= longestOutcomeCode ? outcome : "reviewed"
    }

    /// Characters of the longest outcome code there is, and room.
    private static let longestOutcomeCode = 40
}
