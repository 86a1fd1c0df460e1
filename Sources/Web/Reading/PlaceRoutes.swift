import Briefings
import Hummingbird
import NIOCore
import Safeguarding

/// Ranked places, one place, and why it stands where it stands.
struct PlaceRoutes: Sendable {
    /// Places of one page where no limit is asked for.
    private static let pageSize = 50
    /// Characters of a keyset mark; it is ours and opaque.
    private static let markCharacters = 512

    private let renderer: BriefingRenderer

    init(renderer: BriefingRenderer) {
        self.renderer = renderer
    }

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/hotspots", .meetings, handle: PlaceRoutes.hotspots),
            Endpoint(.get, "/v1/locations/{location}", .places, handle: PlaceRoutes.place),
            Endpoint(.get, "/v1/locations/{location}/assessment", .places, handle: assessment),
        ]
    }

    private static func hotspots(_ exchange: Exchange) async throws -> Response {
        let principal = try exchange.principal
        var reader = QueryReader(
            exchange.request.uri.query,
            known: ["area", "from", "band", "category", "limit", "after"]
        )
        var query = BriefingRoutes.query(&reader, now: exchange.services.now())
        query.limit = reader.integer("limit", 1...BriefingQuery.maximumPlaces) ?? pageSize
        let after = reader.text("after", longest: markCharacters)
        try reader.check()
        let page: (places: [PlaceSummary], next: String?)
        do {
            page = try await exchange.services.briefings.hotspots(query, after: after, reader: Reader(principal))
        } catch is UnknownPageMark {
            throw Problem(
                .badQuery,
                message: "is no mark of ours",
                field: "after",
                accepted: "the next of the page before"
            )
        }
        try await exchange.services.audit.recordRead(
            actor: principal.actor,
            action: "read.hotspots",
            detail: "view=\(principal.view.rawValue) \(query.auditDetail) places=\(page.places.count)"
        )
        let wording = exchange.services.template().wording
        return .json(
            wording.envelope(
                principal.view,
                [
                    (
                        "places",
                        .array(page.places.map { wording.entry($0, principal.view).json })
                    ),
                    ("next", .optional(page.next)),
                ]
            )
        )
    }

    private static func place(_ exchange: Exchange) async throws -> Response {
        let principal = try exchange.principal
        let id: LocationID = try exchange.identifier("location")
        try QueryReader(exchange.request.uri.query, known: []).check()
        guard let place = try await exchange.services.briefings.place(id, reader: Reader(principal)) else {
            throw Problem.notFound
        }
        try await exchange.services.audit.recordRead(
            actor: principal.actor,
            action: "read.location",
            detail: "view=\(principal.view.rawValue) location=\(id.text)"
        )
        let wording = exchange.services.template().wording
        return .json(wording.envelope(principal.view, [("place", wording.entry(place, principal.view).json)]))
    }

    private func assessment(_ exchange: Exchange) async throws -> Response {
        let principal = try exchange.principal
        let id: LocationID = try exchange.identifier("location")
        var query = QueryReader(exchange.request.uri.query, known: ["at"])
        let at = query.moment("at")
        try query.check()
        let offered: [BriefingFormat] = [.json, .html, .text]
        guard let format = MediaRange.preferred(offered, accept: exchange.request.headers[.accept]) else {
            let accepted = offered.map(\.mediaType).joined(separator: ", ")
            throw Problem(.notAcceptable, message: "none of these forms is given here", accepted: accepted)
        }
        let reader = Reader(principal)
        guard let found = try await exchange.services.explainer.explain(id, at: at, reader: reader) else {
            throw Problem.notFound
        }
        try await exchange.services.audit.recordRead(
            actor: principal.actor,
            action: "read.assessment",
            detail: "view=\(principal.view.rawValue) location=\(id.text) at=\(found.asOf.rfc3339)"
        )
        let page = PlacePage(
            found.place,
            past: found.past,
            assessment: found.assessment,
            asOf: found.asOf,
            reader: reader,
            wording: exchange.services.template().wording
        )
        guard let text = renderer.render(page, as: format) else { throw Problem.notFound }
        var response = Response(
            status: .ok,
            headers: [.contentType: format.mediaType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
        PageHeaders.add(to: &response, format: format)
        return response
    }
}

extension TemplateWording {
    /// A place in the template's words.
    fileprivate func entry(_ place: PlaceSummary, _ view: View) -> PlaceEntry {
        PlaceEntry(place, rank: nil, view: view, signLabels: signLabels, categoryLabels: categoryLabels)
    }

    /// What every answer about places begins with.
    fileprivate func envelope(_ view: View, _ members: [(key: String, value: JSON)]) -> JSON {
        let head: [(key: String, value: JSON)] = [
            ("marking", .string(marking)), ("notice", .optional(notice)), ("view", .string(view.rawValue)),
            ("template", .object([("id", .string(templateID)), ("version", .int(templateVersion))])),
        ]
        return .object(head + members)
    }
}
