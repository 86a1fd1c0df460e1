import HTTPTypes
import Hummingbird
import NIOCore
import Safeguarding

/// Reads request bodies within their limits.
enum BodyReader {
    /// Refuses an encoded body, one of another type, and one whose declared length is too much, before any of it is
    /// read.
    static func check(_ request: Request, accepting kinds: [BodyKind], limit: (BodyKind) -> Int) throws(Problem)
        -> BodyKind
    {
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw unread(
                request,
                Problem(.contentEncoding, message: "the body must be sent as it is", accepted: "no Content-Encoding")
            )
        }
        guard let kind = BodyKind(contentType: request.headers[.contentType]), kinds.contains(kind) else {
            let accepted = kinds.map(\.mediaType).joined(separator: ", ")
            throw unread(
                request,
                Problem(.unsupportedMediaType, message: "the type is not taken here", accepted: accepted)
            )
        }
        let limit = limit(kind)
        if let length = request.headers[.contentLength] {
            guard let bytes = Int(length), bytes <= limit else { throw tooLarge(limit) }
        }
        return kind
    }

    /// The whole body as bytes.
    ///
    /// A body that broke off is refused although what came of it might be sound.
    static func collect(_ request: Request, limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in request.body {
            guard bytes.count + chunk.readableBytes <= limit else { throw tooLarge(limit) }
            if bytes.isEmpty { bytes = Array(buffer: chunk) } else { bytes.append(contentsOf: chunk.readableBytesView) }
        }
        try checkComplete()
        return bytes
    }

    /// Throws where the connection ended in the middle of the body.
    static func checkComplete() throws(Problem) {
        guard ConnectionFacts.current?.isBodyComplete ?? true else {
            var problem = Problem(.badJSON, message: "the body broke off")
            problem.closes = true
            throw problem
        }
    }

    static func tooLarge(_ limit: Int) -> Problem {
        var problem = Problem(.tooLarge, message: "the body is too large", accepted: "at most \(limit) bytes")
        problem.closes = true
        return problem
    }

    /// A body that is long, or of unknown length, and will not be read: reading it away would be work for nothing.
    static func unread(_ request: Request, _ problem: Problem) -> Problem {
        var problem = problem
        problem.closes = hasLongBody(request)
        return problem
    }

    /// Whether what is left of the request is not worth reading away.
    static func hasLongBody(_ request: Request) -> Bool {
        if request.headers[.transferEncoding] != nil { return true }
        guard let length = request.headers[.contentLength].flatMap({ Int($0) }) else { return false }
        return length > worthReading
    }

    /// Bytes that are read away rather than closing the connection: what arrives with the head anyway.
    private static let worthReading = 64 * 1_024
}

extension BodyKind {
    var mediaType: String {
        switch self {
        case .json: "application/json"
        case .ndjson: "application/x-ndjson"
        case .csv: "text/csv"
        }
    }
}
