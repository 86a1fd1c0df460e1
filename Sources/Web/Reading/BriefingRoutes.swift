import Briefings
import Crypto
import HTTPTypes
import Hummingbird
import NIOCore
import Safeguarding

/// The operational briefing, in the form that is asked for by name or by `Accept`.
struct BriefingRoutes: Sendable {
    /// Without `from`, a briefing tells what changed in four weeks: the usual time between two meetings.
    private static let defaultPeriod = 28 * Moment.day

    private let renderer: BriefingRenderer

    init(renderer: BriefingRenderer) {
        self.renderer = renderer
    }

    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/v1/briefings/operational", .meetings) { exchange in
                let accept = exchange.request.headers[.accept]
                guard let format = MediaRange.preferred(BriefingRoutes.offered, accept: accept) else {
                    let accepted = BriefingRoutes.offered.map(\.mediaType).joined(separator: ", ")
                    throw Problem(.notAcceptable, message: "none of these forms is given here", accepted: accepted)
                }
                return try await self.operational(exchange, as: format)
            },
            Endpoint(.get, "/v1/briefings/operational.{format}", .meetings) { exchange in
                guard
                    let format = exchange.context.parameters.get("format").flatMap({ BriefingFormat(pathExtension: $0) }
                    )
                else { throw Problem.notFound }
                return try await self.operational(exchange, as: format)
            },
        ]
    }

    /// In the order in which they are preferred where a client takes anything.
    private static let offered: [BriefingFormat] = [.json, .html, .csv, .geojson, .text]

    private func operational(_ exchange: Exchange, as format: BriefingFormat) async throws -> Response {
        let principal = try exchange.principal
        var query = QueryReader(exchange.request.uri.query, known: ["area", "from", "to", "band", "category", "limit"])
        let asked = BriefingRoutes.query(&query, now: exchange.services.now())
        try query.check()
        let picture = try await exchange.services.briefings.operational(asked, reader: Reader(principal))
        try await exchange.services.audit.recordRead(
            actor: principal.actor,
            action: "read.briefing",
            detail:
                "view=\(picture.view.rawValue) format=\(format.rawValue) \(asked.auditDetail) places=\(picture.places.count)"
        )
        return try await response(to: picture, as: format)
    }

    /// What to brief on; faults stay in the reader.
    static func query(_ reader: inout QueryReader, now: Moment) -> BriefingQuery {
        let to = reader.moment("to")
        let from = reader.moment("from") ?? (to ?? now) - defaultPeriod
        if let to, to < from { reader.refuse("to", "is before from", accepted: "from <= to") }
        return BriefingQuery(
            area: reader.text("area", longest: 64),
            from: from,
            to: to,
            band: reader.choice("band"),
            category: reader.choice("category"),
            limit: reader.integer("limit", 1...BriefingQuery.maximumPlaces) ?? BriefingQuery.maximumPlaces
        )
    }

    @concurrent
    private func response(to picture: OperationalPicture, as format: BriefingFormat) async throws -> Response {
        let text = renderer.render(BriefingDocument(picture), as: format)
        var response = Response(
            status: .ok,
            headers: [.contentType: format.mediaType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
        PageHeaders.add(to: &response, format: format)
        if format == .csv || format == .geojson {
            let day = London.date(at: picture.asOf).text
            response.headers[.contentDisposition] =
                "attachment; filename=\"operational-\(day).\(format.pathExtension)\""
        }
        return response
    }
}

/// Headers of the pages that browsers show.
enum PageHeaders {
    /// Nothing but our one style sheet is obeyed, and nobody frames the page.
    private static let policy: String = {
        let digest = Base64.text(Array(SHA256.hash(data: Array(BriefingRenderer.styleSheet.utf8))))
        return "default-src 'none'; style-src 'sha256-\(digest)'; base-uri 'none'; form-action 'none'; "
            + "frame-ancestors 'none'"
    }()

    static func add(to response: inout Response, format: BriefingFormat) {
        response.headers[.vary] = "Accept"
        guard format == .html else { return }
        response.headers[.contentSecurityPolicy] = policy
        if let name = referrerPolicy { response.headers[name] = "no-referrer" }
    }

    private static let referrerPolicy = HTTPField.Name("Referrer-Policy")
}

extension BriefingQuery {
    /// The filters as codes, for the audit.
    var auditDetail: String {
        let parts = [
            "from=\(from.rfc3339)", to.map { "to=\($0.rfc3339)" }, area.map { "area=\($0)" },
            band.map { "band=\($0.rawValue)" }, category.map { "category=\($0.rawValue)" },
        ]
        return parts.compactMap { $0 }.joined(separator: " ")
    }
}

/// RFC 4648 section 4.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func text(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for position in 0..<4 {
                out.append(position <= group.count ? alphabet[value >> (18 - 6 * position) & 63] : UInt8(ascii: "="))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
