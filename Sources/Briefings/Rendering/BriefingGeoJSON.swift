package import Safeguarding

extension BriefingDocument {
    /// An RFC 7946 feature collection, one feature a place; marking and origin are foreign members of the collection.
    ///
    /// A map travels further than a table, so a restricted place has at most the centre of its 1 km cell here, also for
    /// readers who are told more elsewhere.
    package var geoJSON: JSON {
        .object([
            ("type", .string("FeatureCollection")),
            ("marking", .string(header.marking)),
            ("notice", .optional(header.notice)),
            ("handling", .strings(header.handling)),
            ("partnership", .string(header.partnership)),
            ("view", .string(header.view.rawValue)),
            ("asOf", .string(header.asOf.rfc3339)),
            ("template", sources.json),
            ("auditHead", .optional(sources.auditHead)),
            ("numberMatched", .int(matching)),
            ("numberReturned", .int(places.count)),
            ("features", .array(places.map { $0.feature(marking: header.marking) })),
        ])
    }
}

extension PlaceEntry {
    /// The position that may be put on a map.
    var mapPosition: Position {
        if case .exact = position, category.isRestricted { return .none }
        return position
    }

    func feature(marking: String) -> JSON {
        .object([
            ("type", .string("Feature")),
            ("id", .string(id.text)),
            ("geometry", mapPosition.geometry),
            (
                "properties",
                .object([
                    ("marking", .string(marking)),
                    ("rank", rank.map { .int($0) } ?? .null),
                    ("name", .optional(name)),
                    ("category", .string(category.rawValue)),
                    ("areas", .strings(areas)),
                    ("position", .string(mapPosition.code)),
                    ("band", .string(band.rawValue)),
                    ("bandBefore", .optional(bandBefore?.rawValue)),
                    ("trend", .string(trend.rawValue)),
                    ("confidence", .string(confidence.rawValue)),
                    ("likelihood", .int(likelihood)),
                    ("severity", .int(severity)),
                    ("residual", .int(residual)),
                    ("signs", .strings(signs.map(\.code))),
                    ("reports", reports?.json ?? .null),
                    ("reviewDue", .optional(reviewDue?.rfc3339)),
                    ("reviewOverdue", .bool(isReviewOverdue)),
                    ("openAlerts", .int(openAlerts.count)),
                    ("restricted", .bool(contactCoordinator)),
                ])
            ),
        ])
    }
}

extension PlaceEntry.Position {
    var geometry: JSON {
        switch self {
        case .exact(let longitude, let latitude), .coarse(let longitude, let latitude):
            .object([
                ("type", .string("Point")),
                ("coordinates", .array([.decimal(Degrees.text(longitude)), .decimal(Degrees.text(latitude))])),
            ])
        case .none: .null
        }
    }
}
