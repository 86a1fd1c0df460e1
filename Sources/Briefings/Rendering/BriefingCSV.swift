import Safeguarding

extension BriefingDocument {
    /// One row a place.
    ///
    /// Every row carries marking, notice and origin, so that a copied row still says what it is.
    ///
    /// Without any place there is one row with those columns only. Positions are well-known text, which map programs
    /// read and which never begins with a minus sign.
    package var csv: String {
        var table = CSVTable(
            header: BriefingDocument.originColumns + PlaceEntry.columns
                + AgencyKind.allCases.map { "reports " + $0.rawValue }
        )
        let origin = [
            header.marking, header.notice ?? "", header.partnership, header.asOf.rfc3339, header.from.rfc3339,
            header.cutOff.rfc3339, header.view.rawValue, "\(sources.templateID) \(sources.templateVersion)",
        ]
        for place in places { table.append(origin + place.cells) }
        if places.isEmpty {
            table.append(
                origin + Array(repeating: "", count: PlaceEntry.columns.count + AgencyKind.allCases.count)
            )
        }
        return table.text
    }

    private static let originColumns = [
        "marking", "notice", "partnership", "as of", "period from", "period to", "view", "template",
    ]
}

extension PlaceEntry {
    static let columns = [
        "rank", "location", "name", "category", "areas", "band", "band before", "machine band", "judged band", "change",
        "trend", "confidence", "likelihood", "severity", "inherent", "residual", "points", "signs", "marks",
        "review due", "review overdue", "open alerts", "restricted", "position", "point", "assessed at", "reports",
    ]

    var cells: [String] {
        var cells: [String] = [
            rank.map(String.init) ?? "", id.text, name ?? "", category.rawValue, areas.joined(separator: " "),
            band.rawValue, bandBefore?.rawValue ?? "", machineBand.rawValue, judgedBand?.rawValue ?? "",
            change?.rawValue ?? "",
            trend.rawValue, confidence.rawValue, String(likelihood), String(severity), String(inherent),
            String(residual), points?.shown ?? "", signs.map(\.code).joined(separator: " "),
        ]
        cells += [
            marks.map(\.rawValue).joined(separator: " "), reviewDue?.rfc3339 ?? "", isReviewOverdue ? "yes" : "no",
            String(openAlerts.count), contactCoordinator ? "yes" : "no", mapPosition.code, mapPosition.wellKnownText,
            assessedAt.rfc3339, reports?.cell ?? "",
        ]
        cells += AgencyKind.allCases.map { kind in
            reportsByKind.first { $0.kind == kind }?.count.cell ?? "0"
        }
        return cells
    }
}

extension PlaceEntry.Position {
    var wellKnownText: String {
        switch self {
        case .exact(let longitude, let latitude), .coarse(let longitude, let latitude):
            "POINT (\(Degrees.text(longitude)) \(Degrees.text(latitude)))"
        case .none: ""
        }
    }
}

extension ShownCount {
    /// A number, or such as `<5`.
    fileprivate var cell: String {
        switch self {
        case .exact(let value): String(value)
        case .below(let value): "<\(value)"
        }
    }
}
