import Postgres
import Safeguarding

/// What a list or a briefing shows of ranked places, ready for one reader.
struct PlaceDetails: Sendable {
    let reader: Reader
    /// As of this moment.
    let asOf: Moment
    /// What changed since is told; nil leaves it out.
    let since: Moment?
    /// The database's clock, for what is only known of the present.
    let isPast: Bool

    func statements(_ places: [RankedPlace]) -> [Statement] {
        [
            Statement(
                """
                SELECT l.id, l.category, l.is_restricted, coalesce(l.name, r.name), l.areas,
                    ST_X(shown.place), ST_Y(shown.place), a.effective_band, a.band, judged.band, earlier.effective_band,
                    a.trend, a.confidence, a.likelihood, a.severity, a.inherent, a.residual, a.points, a.marks,
                    a.signs[1:8], a.restricted_items, a.kinds, a.kind_reports, s.review_due, a.at,
                    s.differs AND (NOT s.differs_by_lado OR coalesce((
                        SELECT e.released FROM placeguard.lado_release e WHERE e.location = l.id
                        ORDER BY e.id DESC LIMIT 1), false)),
                    a.handling, a.reports
                FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS p (location, assessment, ordinal)
                JOIN placeguard.location l ON l.id = p.location
                JOIN placeguard.assessment a ON a.id = p.assessment
                JOIN placeguard.location_state s ON s.location = p.location AND s.view = $3
                LEFT JOIN placeguard.location_restricted_name r ON r.location = l.id
                CROSS JOIN LATERAL (
                    SELECT CASE WHEN $3 = 'full' THEN l.position ELSE l.shown_position END AS place) AS shown
                LEFT JOIN LATERAL (
                    SELECT b.effective_band FROM placeguard.assessment b
                    WHERE b.location = p.location AND b.view = $3 AND b.at <= $5
                        AND NOT EXISTS (
                            SELECT FROM placeguard.assessment_end e
                            WHERE e.location = b.location AND e.view = b.view AND e.at >= b.at AND e.at <= $5)
                    ORDER BY b.at DESC, b.id DESC LIMIT 1) AS earlier ON true
                LEFT JOIN LATERAL (
                    SELECT j.band FROM placeguard.judgement j
                    WHERE j.location = p.location AND (j.view = 'open' OR $3 = 'full')
                        AND j.at <= $4 AND j.recorded <= $4 AND j.until > $4
                    ORDER BY placeguard.band_order(j.band) DESC LIMIT 1) AS judged ON true
                ORDER BY p.ordinal
                """,
                [
                    .ids(places.map(\.location)), .uuids(places.map { PostgresUUID($0.assessment) }),
                    .name(reader.view), .moment(asOf), .moment(since),
                ]
            ),
            // Revision and urgency as of the moment: from the log where it is kept that long.
            Statement(
                """
                SELECT a.location, a.id, a.cause, coalesce(e.rev, a.rev), coalesce(e.urgency, a.urgency), a.opened_at
                FROM placeguard.alert a
                LEFT JOIN LATERAL (
                    SELECT f.rev, f.urgency FROM placeguard.feed f
                    WHERE f.view = $2 AND f.alert = a.id AND f.at <= $3 ORDER BY f.seq DESC LIMIT 1) AS e ON true
                WHERE a.location = ANY ($1) AND a.view = $2 AND a.opened_at <= $3
                    AND (a.is_open OR a.closed_at > $3)
                ORDER BY a.location, a.id
                """,
                [.ids(places.map(\.location)), .name(reader.view), .moment(asOf)]
            ),
        ]
    }

    /// The places in the order in which they were asked for, and whether any item used is under handling conditions.
    func read(_ results: [Rows]) throws -> (places: [PlaceSummary], hasConditions: Bool) {
        var alerts: [LocationID: [OpenAlert]] = [:]
        for row in results[1] { alerts[try row.id(0), default: []].append(try PlaceAssembly.alert(row, from: 1)) }
        var hasConditions = false
        let places = try results[0].map { row in
            if try row.name(26, as: HandlingCode.self) == .conditions { hasConditions = true }
            return try place(row, alerts: alerts[try row.id(0)] ?? [])
        }
        return (places, hasConditions)
    }

    private func place(_ row: Row, alerts: [OpenAlert]) throws -> PlaceSummary {
        let isFull = reader.view == .full
        let isWithheld = try !isFull && row.bool(2)
        let counts = ReportCounts(
            kinds: try row.names(21),
            reports: try row.decodeArray(22, of: Int32.self).map(Int.init),
            total: Int(try row.int32(27)),
            exactly: isFull
        )
        var summary = PlaceSummary(
            id: try row.id(0),
            category: try row.name(1),
            name: isWithheld ? nil : try row.optionalText(3),
            isNameWithheld: isWithheld,
            areas: try row.texts(4),
            longitude: try row.optionalDouble(5),
            latitude: try row.optionalDouble(6),
            isCoarse: isWithheld,
            band: try row.name(7),
            machineBand: try row.name(8),
            judgedBand: try row.optionalName(9),
            bandBefore: try row.optionalName(10),
            trend: try row.name(11),
            confidence: try row.name(12),
            likelihood: Int(try row.int16(13)),
            severity: Int(try row.int16(14)),
            inherent: Int(try row.int16(15)),
            residual: Int(try row.int16(16)),
            points: isFull ? Points(units: try row.int64(17)) : nil,
            marks: try row.names(18),
            signs: try row.texts(19),
            hasRestrictedItems: try row.bool(20),
            reports: counts.total,
            reportsByKind: counts.byKind,
            // When the next review falls due is known of the present only.
            reviewDue: isPast ? nil : try row.optionalMoment(23),
            isReviewOverdue: try isPast ? false : row.optionalMoment(23).map { $0 <= asOf } ?? false,
            openAlerts: alerts,
            assessedAt: try row.moment(24),
            contactCoordinator: try !isFull && row.bool(25)
        )
        summary.isCompared = since != nil
        return summary
    }
}
