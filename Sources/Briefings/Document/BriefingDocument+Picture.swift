package import Safeguarding

extension BriefingDocument {
    /// The briefing of a picture.
    ///
    /// Pure: the same picture gives the same document, byte for byte.
    package init(_ picture: OperationalPicture) {
        header = BriefingHeader(picture)
        countsByBand = Band.listed.compactMap { band in picture.countsByBand.first { $0.band == band } }
        matching = picture.matching
        openReviews = picture.openReviews
        places = picture.places.enumerated().map { index, place in
            PlaceEntry(
                place,
                rank: index + 1,
                view: picture.view,
                signLabels: picture.signLabels,
                categoryLabels: picture.categoryLabels
            )
        }
        changes = BriefingChanges(places)
        health = SystemHealth(picture)
        sources = BriefingSources(
            templateID: picture.template.id,
            templateVersion: picture.template.version,
            templateTitle: picture.template.title,
            auditHead: picture.auditHead
        )
    }
}

extension BriefingHeader {
    init(_ picture: OperationalPicture) {
        title = "Operational briefing"
        partnership = picture.partnership
        marking = picture.marking
        notice = picture.notice
        hasHandlingConditions = picture.handlingConditions
        handling = BriefingHeader.handling(hasConditions: picture.handlingConditions)
        view = picture.view
        from = picture.query.from
        cutOff = picture.query.to ?? picture.asOf
        asOf = picture.asOf
        filters = picture.query
        scope = BriefingHeader.scope(picture.query, categoryLabels: picture.categoryLabels)
    }

    /// domain.md 5.1 (1) and 7.4: conditions are inherited from the most restrictive item used.
    static func handling(hasConditions: Bool) -> [String] {
        [
            hasConditions
                ? "Handling code C: at least one report used here carries conditions. Ask its originator, through the "
                    + "coordinator, before acting on it or sharing it."
                : "Handling code P: lawful sharing within the partnership.",
            "Do not forward or copy. Return or destroy after the meeting.",
            "This is about places. Do not add names or details of children, and do not read it as a finding about a "
                + "business or a person.",
        ]
    }

    private static func scope(_ query: BriefingQuery, categoryLabels: [LocationCategory: String]) -> String {
        var parts = [query.area.map { "area \($0)" } ?? "all areas"]
        parts.append(query.category.map { categoryLabels[$0] ?? $0.rawValue } ?? "all kinds of place")
        if let band = query.band {
            parts.append(band == .unrated ? "unrated only" : "rated \(band.label.lowercased()) or higher, and unrated")
        }
        return parts.joined(separator: "; ")
    }
}

extension BriefingChanges {
    init(_ places: [PlaceEntry]) {
        self.init()
        for (index, place) in places.enumerated() {
            switch place.change {
            case .new: new.append(index)
            case .higher, .unrated: higher.append(index)
            case .lower, .rated: lower.append(index)
            case .same, nil: break
            }
            if place.isReviewOverdue { overdue.append(index) }
        }
    }
}

extension SystemHealth {
    init(_ picture: OperationalPicture) {
        let counts = Dictionary(picture.reportsByKind.map { ($0.kind, $0.count) }) { first, _ in first }
        reportsByKind = AgencyKind.allCases.compactMap { kind in
            guard let count = counts[kind], count != .exact(0) else { return nil }
            return (kind, count)
        }
        silent = AgencyKind.allCases.filter { counts[$0] == nil || counts[$0] == .exact(0) }
        unlocated = picture.unlocated
    }
}
