import Hummingbird
import Safeguarding

/// The HTTP twins of a steward's commands (interfaces.md "Commands").
enum StewardRoutes {
    /// Bytes of a steward's form: a reason of a page with every field several times over.
    private static let bodyBytes = 16 * 1_024
    /// Scalars of a reason, an outcome or a note: a paragraph.
    private static let paragraph = 2_000
    /// Scalars of a code of the template.
    private static let code = 64

    static let endpoints = [
        Endpoint(.post, "/v1/locations/{location}/controls", .stewards, isBounded: false) { try await control($0) },
        Endpoint(.post, "/v1/locations/{location}/inspections", .stewards, isBounded: false) { try await inspect($0) },
        Endpoint(.post, "/v1/locations/{location}/reviews", .stewards, isBounded: false) { try await review($0) },
        Endpoint(.post, "/v1/locations/{location}/judgements", .stewards, isBounded: false) { try await judge($0) },
        Endpoint(.post, "/v1/locations/{location}/lado", .stewards, isBounded: false) { try await lado($0) },
        Endpoint(.post, "/v1/reports/{report}/location", .stewards, isBounded: false) { try await locate($0) },
    ]

    private static func control(_ exchange: Exchange) async throws -> Response {
        let place: LocationID = try exchange.identifier("location")
        var form = try await form(exchange, ["control", "state", "at", "note"])
        let control = form.text("control", longest: code)
        let state: ControlState? = form.choice("state")
        let moment = form.moment("at")
        let note = form.text("note", longest: paragraph, isRequired: false)
        try form.check()
        guard let control, let state else { throw Problem.notFound }
        return try await act(exchange) { steward in
            try await exchange.services.stewards.control(
                control,
                at: place,
                state: state,
                moment: moment,
                note: note,
                by: steward
            )
        }
    }

    private static func inspect(_ exchange: Exchange) async throws -> Response {
        let place: LocationID = try exchange.identifier("location")
        var form = try await form(exchange, ["sign", "cleared", "at"])
        let sign = form.text("sign", longest: code)
        if form.boolean("cleared") == false {
            form.add(.outOfRange, "cleared", "an inspection that found the sign is a report", "true")
        }
        let moment = form.moment("at")
        try form.check()
        guard let sign else { throw Problem.notFound }
        return try await act(exchange) { steward in
            try await exchange.services.stewards.inspect(place, clearedSign: sign, moment: moment, by: steward)
        }
    }

    private static func review(_ exchange: Exchange) async throws -> Response {
        let place: LocationID = try exchange.identifier("location")
        var form = try await form(exchange, ["outcome", "close", "displaced", "asOf"])
        let outcome = form.text("outcome", longest: paragraph)
        let closes = form.boolean("close", isRequired: false) ?? false
        let displaced: Displacement? = form.choice("displaced", isRequired: closes)
        let read = form.moment("asOf")
        try form.check()
        guard let outcome else { throw Problem.notFound }
        return try await act(exchange) { steward in
            try await exchange.services.stewards.review(
                place,
                outcome: outcome,
                closes: closes,
                displaced: displaced,
                asOf: read,
                by: steward
            )
        }
    }

    private static func judge(_ exchange: Exchange) async throws -> Response {
        let place: LocationID = try exchange.identifier("location")
        var form = try await form(exchange, ["band", "reason", "until"])
        let band: Band? = form.choice("band")
        if band == .unrated { form.add(.outOfRange, "band", "a judgement rates", "green, amber, amber-plus, red") }
        let reason = form.text("reason", longest: paragraph)
        let until = form.moment("until", isRequired: true)
        try form.check()
        guard let band, let reason, let until else { throw Problem.notFound }
        return try await act(exchange) { steward in
            try await exchange.services.stewards.judge(place, band: band, reason: reason, until: until, by: steward)
        }
    }

    private static func lado(_ exchange: Exchange) async throws -> Response {
        let place: LocationID = try exchange.identifier("location")
        var form = try await form(exchange, ["released"])
        let released = form.boolean("released")
        try form.check()
        guard let released else { throw Problem.notFound }
        return try await act(exchange) { steward in
            try await exchange.services.stewards.releaseLADO(place, released: released, by: steward)
        }
    }

    private static func locate(_ exchange: Exchange) async throws -> Response {
        let report: ReportID = try exchange.identifier("report")
        var form = try await form(exchange, ["location"])
        let place = form.text("location", longest: code).flatMap { LocationID($0) }
        if place == nil, form.faults.isEmpty {
            form.add(.badLocation, "location", "is no identifier of a location", "loc_...")
        }
        try form.check()
        guard let place else { throw Problem.notFound }
        return try await act(exchange) { steward in
            try await exchange.services.stewards.locate(report, at: place, by: steward)
        }
    }

    // MARK: Parts

    private static func form(_ exchange: Exchange, _ known: [String]) async throws -> ObjectReader {
        _ = try BodyReader.check(exchange.request, accepting: [.json]) { _ in bodyBytes }
        return try ObjectReader(await BodyReader.collect(exchange.request, limit: bodyBytes), known: known)
    }

    private static func act(_ exchange: Exchange, _ action: (Steward) async throws -> Void) async throws -> Response {
        let principal = try exchange.principal
        do {
            try await action(Steward(actor: principal.actor, reader: Reader(principal)))
        } catch let refusal as StewardRefusal {
            throw Problem(refusal)
        }
        return Response(status: .noContent)
    }
}
