import Mustache
import Safeguarding

/// The parsed page templates and the style sheet they share.
struct PageTemplates: Sendable {
    private let briefing: MustacheTemplate
    private let place: MustacheTemplate

    /// One style sheet, inside each page: a page that is saved or mailed looks the same.
    static let styleSheet = String(decoding: PackageResources.page_css, as: UTF8.self)

    /// Rows to write in at the meeting: as many as fit the rest of a page.
    private static let decisionRows = 8

    init() throws {
        MustacheContentTypes.register(HTMLText(), named: HTMLText.name)
        briefing = try PageTemplates.parsed(PackageResources.briefing_mustache)
        place = try PageTemplates.parsed(PackageResources.place_mustache)
    }

    private static func parsed(_ bytes: [UInt8]) throws -> MustacheTemplate {
        try MustacheTemplate(string: "{{% CONTENT_TYPE:\(HTMLText.name)}}" + String(decoding: bytes, as: UTF8.self))
    }

    func render(_ document: BriefingDocument) -> String {
        briefing.render(PageTemplates.values(document))
    }

    func render(_ page: PlacePage) -> String {
        place.render(PageTemplates.values(page))
    }

    private static func values(_ document: BriefingDocument) -> [String: Any] {
        let header = document.header
        let places = document.places.map(values)
        var values: [String: Any] = [
            "styles": styleSheet, "marking": header.marking, "title": header.title, "partnership": header.partnership,
            "period": header.period, "cutOff": London.display(header.cutOff), "from": London.display(header.from),
            "fromDate": London.display(London.date(at: header.from)), "scope": header.scope,
            "view": header.view.sentence, "handling": header.handling, "figures": figures(document),
            "hasPlaces": !places.isEmpty, "places": places, "glanceCaption": glanceCaption(document),
            "changeGroups": changeGroups(document, places), "decisionRows": Array(0..<decisionRows),
            "kinds": document.health.reportsByKind.map { ["label": $0.kind.label, "value": $0.count.text] },
            "silent": document.health.silentSentence, "unlocated": document.health.unlocatedSentence,
            "sources": document.sourceFacts.map { ["name": $0.name, "value": $0.value] },
        ]
        values["notice"] = header.notice
        return values
    }

    private static func figures(_ document: BriefingDocument) -> [[String: Any]] {
        var figures: [[String: Any]] = [["value": String(document.matching), "label": "places match"]]
        figures += document.countsByBand.map { ["value": $0.count.text, "label": $0.band.label.lowercased()] }
        figures.append(["value": String(document.openReviews), "label": "open reviews"])
        figures.append(["value": document.health.unlocated.text, "label": "unplaced reports"])
        return figures
    }

    private static func glanceCaption(_ document: BriefingDocument) -> String {
        let shown =
            document.places.count < document.matching
            ? "The \(document.places.count) most urgent of \(document.matching) places" : "Every place that matches"
        return shown + ", most urgent first. Overdue reviews among them: \(document.changes.overdue.count)."
    }

    private static func changeGroups(_ document: BriefingDocument, _ places: [[String: Any]]) -> [[String: Any]] {
        document.changes.groups.map { group in
            let items = group.indices.map { index in
                places[index].merging(["sentence": document.places[index].changeSentence]) { $1 }
            }
            return ["title": group.title, "items": items]
        }
    }

    static func values(_ place: PlaceEntry) -> [String: Any] {
        var values: [String: Any] = [
            "anchor": "place-" + place.id.value.text, "id": place.id.text, "name": place.title,
            "where": whereabouts(place), "bandCode": place.band.rawValue, "bandSymbol": place.band.symbol,
            "band": place.band.label, "before": place.bandBefore?.label ?? "not listed",
            "trend": place.trend.label, "trendSymbol": place.trend.symbol, "confidence": place.confidence.label,
            "alerts": String(place.openAlerts.count), "overdue": place.isReviewOverdue,
            "review": place.reviewDue.map { London.display(London.date(at: $0)) } ?? "none set",
            "reasons": place.reasons, "counts": place.countsSentence, "change": place.changeSentence,
        ]
        values["rank"] = place.rank.map(String.init)
        // An empty list must count as absent, so that the inverted section speaks.
        values["open"] = place.openSentences
        values["gaps"] = place.gaps
        return values
    }

    private static func whereabouts(_ place: PlaceEntry) -> String {
        let areas = place.areas.isEmpty ? "no area" : place.areas.joined(separator: ", ")
        let position =
            switch place.position {
            case .exact, .none: ""
            case .coarse: "; position to 1 km only"
            }
        return place.categoryLabel + "; " + areas + position
    }
}
