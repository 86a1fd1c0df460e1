import HTTPTypes
import Hummingbird
import Safeguarding

/// A refused request: RFC 9457 problem details with the stable name of the refusal and every fault found.
///
/// Messages are ours; nothing that was sent is repeated in them, and nothing of what went wrong inside.
struct Problem: Error, Sendable {
    /// Stable name, of ``RefusalReason`` or ``StewardRefusal``.
    var code: String
    var status: HTTPResponse.Status
    var faults: [Fault]
    /// Seconds after which trying again makes sense.
    var retryAfter: Int?
    /// Methods that are allowed, with `method-not-allowed`.
    var allow: String?
    /// The rest of the request is not worth reading: the connection ends with this answer.
    var closes = false
    /// Somebody else has counted it.
    var isCounted = false

    init(
        _ reason: RefusalReason,
        message: String,
        field: String = "",
        accepted: String? = nil,
        retryAfter: Int? = nil
    ) {
        self.init([Fault(field: field, reason: reason, message: message, accepted: accepted)], retryAfter: retryAfter)
    }

    /// Every fault at once; the first names the problem.
    init(_ faults: [Fault], retryAfter: Int? = nil) {
        let reason = faults.first?.reason ?? .internalError
        code = reason.rawValue
        status = reason.status
        self.faults = faults
        self.retryAfter = retryAfter
    }

    init(_ refusal: StewardRefusal) {
        code = refusal.rawValue
        status = refusal.status
        faults = []
    }

    /// What a failure of the store means to the caller.
    init(_ failure: StoreFailure) {
        switch failure {
        case .unavailable:
            self.init(.databaseUnavailable, message: "the database does not answer; try again", retryAfter: 5)
        case .outcomeUnknown:
            self.init(
                .databaseUnavailable,
                message: "whether it was stored is not known; sending it again is safe",
                retryAfter: 5
            )
        case .storageFull:
            self.init(.storageFull, message: "there is no room to store anything", retryAfter: 60)
        }
    }

    /// The answer to a path that leads nowhere, or to something that the reader may not see.
    static var notFound: Problem { Problem(.notFound, message: "there is nothing here") }

    /// The JSON object of the answer.
    var json: JSON {
        var members: [(key: String, value: JSON)] = [
            ("type", .string("urn:placeguard:refusal:" + code)), ("title", .string(title)),
            ("status", .int(status.code)), ("reason", .string(code)),
        ]
        members.append(("faults", .array(faults.map(\.json))))
        return .object(members)
    }

    /// `unknown-field` read as words.
    private var title: String {
        let words = code.split(separator: "-").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }

    func response() -> Response {
        var headers = HTTPFields()
        headers.reserveCapacity(6)
        headers[.contentType] = "application/problem+json"
        if let retryAfter { headers[.retryAfter] = String(retryAfter) }
        if let allow { headers[.allow] = allow }
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"placeguard\"" }
        if closes { headers[.connection] = "close" }
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: json.buffer))
    }
}

extension Fault {
    var json: JSON {
        var members: [(key: String, value: JSON)] = [
            ("field", .string(field)), ("reason", .string(reason.rawValue)), ("message", .string(message)),
        ]
        if let accepted { members.append(("accepted", .string(accepted))) }
        return .object(members)
    }
}
