import Briefings

/// What a request's body is, as far as we take it.
enum BodyKind: Sendable {
    case json, ndjson, csv

    /// Reads a `Content-Type`; parameters other than a UTF-8 charset are refused, since we would have to guess.
    init?(contentType: String?) {
        guard let contentType else { return nil }
        let parts = contentType.split(separator: ";").map { MediaRange.trimmed($0).lowercased() }
        guard let type = parts.first else { return nil }
        for parameter in parts.dropFirst() where parameter.hasPrefix("charset=") {
            guard ["charset=utf-8", "charset=\"utf-8\""].contains(parameter) else { return nil }
        }
        switch type {
        case "application/json": self = .json
        case "application/x-ndjson": self = .ndjson
        case "text/csv": self = .csv
        default: return nil
        }
    }
}

/// One range of an `Accept` header.
struct MediaRange: Sendable {
    var type: Substring
    var subtype: Substring
    /// Thousandths, as far as RFC 9110 lets a quality go.
    var quality: Int

    /// Reads a header; what is not of the form is left out.
    static func list(_ header: String) -> [MediaRange] {
        header.split(separator: ",").compactMap { element in
            let parts = element.split(separator: ";").map(trimmed)
            guard let names = parts.first?.split(separator: "/", omittingEmptySubsequences: false), names.count == 2,
                !names[0].isEmpty, !names[1].isEmpty
            else { return nil }
            let weight = parts.dropFirst().first { $0.lowercased().hasPrefix("q=") }.map { quality($0.dropFirst(2)) }
            return MediaRange(type: names[0], subtype: names[1], quality: weight ?? 1_000)
        }
    }

    /// The best of what is offered; nil where the client takes none of it.
    ///
    /// The first of equals.
    static func preferred(_ offered: [BriefingFormat], accept: String?) -> BriefingFormat? {
        guard let accept else { return offered.first }
        let ranges = list(accept)
        var best: (format: BriefingFormat, quality: Int)?
        for format in offered {
            let quality = quality(of: format.bareMediaType, among: ranges)
            if quality > best?.quality ?? 0 { best = (format, quality) }
        }
        return best?.format
    }

    /// The quality that the most specific matching range gives.
    private static func quality(of mediaType: String, among ranges: [MediaRange]) -> Int {
        let names = mediaType.split(separator: "/")
        var best: (specificity: Int, quality: Int) = (-1, 0)
        for range in ranges {
            let specificity: Int
            switch (range.type, range.subtype) {
            case ("*", "*"): specificity = 0
            case (names[0], "*"): specificity = 1
            case (names[0], names[1]): specificity = 2
            default: continue
            }
            if specificity > best.specificity { best = (specificity, range.quality) }
        }
        return best.quality
    }

    private static func quality(_ text: some StringProtocol) -> Int {
        guard let value = Double(String(text)), (0...1).contains(value) else { return 0 }
        return Int(value * 1_000)
    }

    static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

extension BriefingFormat {
    fileprivate var bareMediaType: String { String(mediaType.prefix { $0 != ";" }) }
}
