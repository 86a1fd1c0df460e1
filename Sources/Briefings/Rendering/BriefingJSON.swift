package import Safeguarding

// The briefing for programs. Keys are only ever added; codes are those of the closed lists.

extension BriefingDocument {
    package var json: JSON {
        .object([
            ("document", .string("operational-briefing")),
            ("marking", .string(header.marking)),
            ("notice", .optional(header.notice)),
            (
                "handling",
                .object([
                    ("code", .string(header.hasHandlingConditions ? "C" : "P")),
                    ("conditions", .strings(header.handling)),
                ])
            ),
            ("partnership", .string(header.partnership)),
            ("view", .string(header.view.rawValue)),
            ("asOf", .string(header.asOf.rfc3339)),
            (
                "period",
                .object([("from", .string(header.from.rfc3339)), ("to", .string(header.cutOff.rfc3339))])
            ),
            ("filters", header.filters.json),
            ("template", sources.json),
            ("auditHead", .optional(sources.auditHead)),
            ("matching", .int(matching)),
            ("shown", .int(places.count)),
            ("openReviews", .int(openReviews)),
            ("placesByBand", .object(countsByBand.map { ($0.band.rawValue, $0.count.json) })),
            ("health", health.json),
            ("changes", changes.json(places)),
            ("places", .array(places.map(\.json))),
        ])
    }
}

extension BriefingQuery {
    var json: JSON {
        .object([
            ("area", .optional(area)), ("band", .optional(band?.rawValue)), ("category", .optional(category?.rawValue)),
            ("limit", .int(limit)),
        ])
    }
}

extension BriefingSources {
    var json: JSON {
        .object([
            ("id", .string(templateID)), ("version", .int(templateVersion)), ("title", .string(templateTitle)),
        ])
    }
}

extension SystemHealth {
    var json: JSON {
        .object([
            ("reportsByKind", .object(reportsByKind.map { ($0.kind.rawValue, $0.count.json) })),
            ("silent", .strings(silent.map(\.rawValue))),
            ("unlocated", unlocated.json),
        ])
    }
}

extension BriefingChanges {
    func json(_ places: [PlaceEntry]) -> JSON {
        func ids(_ indices: [Int]) -> JSON { .strings(indices.map { places[$0].id.text }) }
        return .object([
            ("new", ids(new)), ("higher", ids(higher)), ("lower", ids(lower)), ("overdue", ids(overdue)),
        ])
    }
}

extension PlaceEntry {
    package var json: JSON {
        let comparison: [(key: String, value: JSON)] =
            change.map { [("bandBefore", .optional(bandBefore?.rawValue)), ("change", .string($0.rawValue))] } ?? []
        return .object(
            [
                ("rank", rank.map { .int($0) } ?? .null),
                ("id", .string(id.text)),
                ("name", .optional(name)),
                ("nameWithheld", .bool(isNameWithheld)),
                ("category", .string(category.rawValue)),
                ("areas", .strings(areas)),
                ("position", position.json),
                ("band", .string(band.rawValue)),
                ("machineBand", .string(machineBand.rawValue)),
                ("judgedBand", .optional(judgedBand?.rawValue)),
            ] + comparison + [
                ("trend", .string(trend.rawValue)),
                ("confidence", .string(confidence.rawValue)),
                ("likelihood", .int(likelihood)),
                ("severity", .int(severity)),
                ("inherent", .int(inherent)),
                ("residual", .int(residual)),
                ("points", points.map { .decimal($0.shown) } ?? .null),
                ("marks", .strings(marks.map(\.rawValue))),
                (
                    "signs",
                    .array(signs.map { .object([("code", .string($0.code)), ("label", .string($0.label))]) })
                ),
                ("restrictedItems", .bool(hasRestrictedItems)),
                ("restricted", .bool(contactCoordinator)),
                ("reports", reports?.json ?? .null),
                ("reportsByKind", .object(reportsByKind.map { ($0.kind.rawValue, $0.count.json) })),
                ("reviewDue", .optional(reviewDue?.rfc3339)),
                ("reviewOverdue", .bool(isReviewOverdue)),
                ("openAlerts", .array(openAlerts.map(\.json))),
                ("assessedAt", .string(assessedAt.rfc3339)),
                ("why", .strings(reasons)),
                ("gaps", .strings(gaps)),
            ]
        )
    }
}

extension PlaceEntry.Position {
    var json: JSON {
        switch self {
        case .exact(let longitude, let latitude), .coarse(let longitude, let latitude):
            .object([
                ("precision", .string(code)),
                ("coordinates", .array([.decimal(Degrees.text(longitude)), .decimal(Degrees.text(latitude))])),
            ])
        case .none: .null
        }
    }
}

extension OpenAlert {
    var json: JSON {
        .object([
            ("id", .string(id.text)), ("cause", .string(cause.rawValue)), ("urgency", .string(urgency.rawValue)),
            ("opened", .string(openedAt.rfc3339)),
        ])
    }
}
