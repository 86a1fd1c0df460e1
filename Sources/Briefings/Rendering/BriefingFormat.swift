import Safeguarding

/// The forms a briefing is given in.
package enum BriefingFormat: String, Sendable, CaseIterable {
    case html, json, csv, geojson, text

    /// The ending of a path or a file name.
    package var pathExtension: String { self == .text ? "txt" : rawValue }

    package var mediaType: String {
        switch self {
        case .html: "text/html; charset=utf-8"
        case .json: "application/json"
        case .csv: "text/csv; charset=utf-8; header=present"
        case .geojson: "application/geo+json"
        case .text: "text/plain; charset=utf-8"
        }
    }

    package init?(pathExtension: some StringProtocol) {
        guard let format = BriefingFormat.allCases.first(where: { $0.pathExtension == pathExtension }) else {
            return nil
        }
        self = format
    }
}

/// Renders documents; holds the parsed page templates.
package struct BriefingRenderer: Sendable {
    private let pages: PageTemplates

    /// - Throws: when a page template embedded in the program does not parse; a test keeps that from being shipped.
    package init() throws {
        pages = try PageTemplates()
    }

    /// The document in one format, UTF-8.
    ///
    /// Takes time proportional to the number of places; call it away from event loops.
    package func render(_ document: BriefingDocument, as format: BriefingFormat) -> String {
        switch format {
        case .html: pages.render(document)
        case .json: document.json.text + "\n"
        case .csv: document.csv
        case .geojson: document.geoJSON.text + "\n"
        case .text: document.plainText
        }
    }

    /// The page of one place; as text without its styles where a terminal asks.
    package func render(_ page: PlacePage, as format: BriefingFormat) -> String? {
        switch format {
        case .html: pages.render(page)
        case .json: page.json.text + "\n"
        case .text: page.plainText
        case .csv, .geojson: nil
        }
    }

    /// The one style sheet of every page, for a content security policy that allows exactly it.
    package static var styleSheet: String { PageTemplates.styleSheet }
}
