import Postgres
import Safeguarding

/// The assessments of a transaction, as the columns of one INSERT.
struct AssessmentRows {
    private struct Entry {
        var id: UniqueID
        var location: LocationID
        var view: View
        var assessment: Assessment
        var outputs: AssessmentOutputs
        var effectiveBand: Band
        var latestReceived: Moment?
        var latestReceivedOpen: Moment?
    }

    private var entries: [Entry] = []

    mutating func add(
        _ id: UniqueID,
        _ location: LocationID,
        _ view: View,
        _ assessment: Assessment,
        outputs: AssessmentOutputs,
        effectiveBand: Band,
        items: [RecordedItem]
    ) {
        entries.append(
            Entry(
                id: id,
                location: location,
                view: view,
                assessment: assessment,
                outputs: outputs,
                effectiveBand: effectiveBand,
                latestReceived: items.lazy.map(\.received).max(),
                latestReceivedOpen: items.lazy.filter(\.compartment.isOpen).map(\.received).max()
            )
        )
    }

    /// Nil where nothing changed.
    ///
    /// Lists inside a row travel as text with commas, which no code contains.
    func insert(_ template: (id: String, version: Int)?) -> Statement? {
        guard !entries.isEmpty, let template else { return nil }
        return Statement(
            """
            INSERT INTO placeguard.assessment (template_id, template_version, id, location, view, at, points,
                likelihood, severity, inherent, control_credit, residual_likelihood, residual, band, effective_band,
                trend, confidence, marks, signs, restricted_items, handling, events, in_window, lifted, reports,
                agencies, kinds, kind_reports, severity_four, next_change, items, latest_received,
                latest_received_open, explanation)
            SELECT $1, $2, a.id, a.location, a.view, a.at, a.points, a.likelihood, a.severity, a.inherent,
                a.control_credit, a.residual_likelihood, a.residual, a.band, a.effective_band, a.trend, a.confidence,
                string_to_array(a.marks, ','), string_to_array(a.signs, ','), a.restricted_items, a.handling,
                a.events, a.in_window, a.lifted, a.reports, a.agencies,
                string_to_array(a.kinds, ','), string_to_array(a.kind_reports, ',')::integer[], a.severity_four,
                a.next_change, string_to_array(a.items, ',')::bigint[], a.latest_received, a.latest_received_open,
                a.explanation
            FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::timestamptz[], $7::bigint[], $8::smallint[],
                $9::smallint[], $10::smallint[], $11::integer[], $12::smallint[], $13::smallint[], $14::text[],
                $15::text[], $16::text[], $17::text[], $18::text[], $19::text[], $20::boolean[], $21::text[],
                $22::integer[], $23::integer[], $24::integer[], $25::integer[], $26::integer[], $27::text[],
                $28::text[], $29::boolean[], $30::timestamptz[], $31::text[], $32::timestamptz[], $33::timestamptz[],
                $34::jsonb[])
                AS a (id, location, view, at, points, likelihood, severity, inherent, control_credit,
                    residual_likelihood, residual, band, effective_band, trend, confidence, marks, signs,
                    restricted_items, handling, events, in_window, lifted, reports, agencies, kinds, kind_reports, severity_four,
                    next_change, items, latest_received, latest_received_open, explanation)
            """,
            [.text(template.id), .int32(Int32(clamping: template.version))] + numbers + lists
        )
    }

    private var numbers: [PostgresValue] {
        let all = entries.map(\.assessment)
        return [
            .uuids(entries.map { PostgresUUID($0.id) }), .ids(entries.map(\.location)), .names(entries.map(\.view)),
            .timestamps(all.map { PostgresTimestamp($0.at) }), .int64s(all.map(\.points.units)),
            .int16s(all.map { Int16(clamping: $0.likelihood) }), .int16s(all.map { Int16(clamping: $0.severity) }),
            .int16s(all.map { Int16(clamping: $0.inherent) }), .int32s(all.map { Int32(clamping: $0.controlCredit) }),
            .int16s(all.map { Int16(clamping: $0.residualLikelihood) }),
            .int16s(all.map { Int16(clamping: $0.residual) }), .names(all.map(\.band)),
            .names(entries.map(\.effectiveBand)), .names(all.map(\.trend)), .names(all.map(\.confidence)),
        ]
    }

    private var lists: [PostgresValue] {
        let all = entries.map(\.assessment)
        return [
            .texts(all.map { $0.marks.map(\.rawValue).joined(separator: ",") }),
            .texts(all.map { $0.signs.joined(separator: ",") }),
            .bools(all.map(\.hasRestrictedItems)), .names(all.map(\.handling)),
            .int32s(all.map { Int32(clamping: $0.events) }),
            .int32s(all.map { Int32(clamping: $0.inWindow) }), .int32s(all.map { Int32(clamping: $0.lifted) }),
            .int32s(all.map { Int32(clamping: $0.reports) }), .int32s(all.map { Int32(clamping: $0.agencies) }),
            .texts(all.map { $0.kindCounts.map(\.kind.rawValue).joined(separator: ",") }),
            .texts(all.map { $0.kindCounts.map { String($0.reports) }.joined(separator: ",") }),
            .bools(all.map(\.hasSeverityFour)),
            .timestamps(all.map { $0.nextChange.map { PostgresTimestamp($0) } }),
            .texts(entries.map { $0.outputs.items.map(String.init).joined(separator: ",") }),
            .timestamps(entries.map { $0.latestReceived.map { PostgresTimestamp($0) } }),
            .timestamps(entries.map { $0.latestReceivedOpen.map { PostgresTimestamp($0) } }),
            .jsonbs(entries.map(\.outputs.explanation)),
        ]
    }
}
