/// The reply to a command that was not done: a code, a word that is the contract, a fixed sentence, and fields.
///
/// Sentences are string literals, so no text repeats what a client sent or names a child or a place.
package struct FeedError: Error, Sendable, Hashable {
    /// The closed list of words; 4xx is the request's fault, 5xx the server's.
    package enum Word: String, Sendable, CaseIterable {
        case badFormat = "bad-format"
        case authRequired = "auth-required"
        case forbidden
        case unknownAlert = "unknown-alert"
        case alreadyClaimed = "already-claimed"
        case notClaimed = "not-claimed"
        case alertClosed = "alert-closed"
        case actionReused = "action-reused"
        case changed
        case unknownMute = "unknown-mute"
        case muteTooBroad = "mute-too-broad"
        case wrongState = "wrong-state"
        case epochChanged = "epoch-changed"
        case ackBackwards = "ack-backwards"
        case ackAhead = "ack-ahead"
        case replaced
        case tooOld = "too-old"
        case lineTooLong = "line-too-long"
        case badUTF8 = "bad-utf8"
        case badFilter = "bad-filter"
        case beyondHead = "beyond-head"
        case slowDown = "slow-down"
        case internalError = "internal"
        case databaseUnavailable = "db-unavailable"
        case version
        case draining

        package var code: Int {
            switch self {
            case .badFormat: 400
            case .authRequired: 401
            case .forbidden: 403
            case .unknownAlert, .unknownMute: 404
            case .wrongState: 405
            case .epochChanged, .ackBackwards, .ackAhead, .replaced, .alreadyClaimed, .notClaimed, .alertClosed,
                .actionReused, .changed:
                409
            case .tooOld: 410
            case .lineTooLong: 413
            case .badUTF8: 415
            case .badFilter, .beyondHead, .muteTooBroad: 422
            case .slowDown: 429
            case .internalError: 500
            case .databaseUnavailable: 503
            case .version: 505
            case .draining: 520
            }
        }
    }

    package var word: Word
    /// For people; a literal.
    package var text: StaticSentence
    package var fields: [LineField]

    package init(_ word: Word, _ text: StaticSentence, _ fields: LineField...) {
        self.word = word
        self.text = text
        self.fields = fields
    }
}

extension FeedError: CustomStringConvertible {
    package var description: String { "\(word.code) \(word.rawValue)" }
}

/// A sentence that only a literal can make.
package struct StaticSentence: Sendable, Hashable, ExpressibleByStringLiteral {
    package let text: String

    package init(stringLiteral value: StaticString) {
        text = value.description
    }
}

/// `key=value` on a line; a flag where there is no value.
package struct LineField: Sendable, Hashable {
    package var key: String
    package var value: String?

    package init(_ key: String, _ value: String) {
        self.key = key
        self.value = LineField.word(value)
    }

    package init(_ key: String, _ value: some BinaryInteger) {
        self.key = key
        self.value = String(value)
    }

    package init(flag: String) {
        key = flag
        value = nil
    }

    package var text: String { value.map { key + "=" + $0 } ?? key }

    /// One word whatever was stored: anything but visible ASCII becomes `_`, so no field can break a line.
    static func word(_ text: String) -> String {
        guard !text.isEmpty else { return "-" }
        guard !text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { (0x21...0x7E).contains($0.value) ? $0 : "_" }))
    }
}
