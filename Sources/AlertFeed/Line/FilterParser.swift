package import Safeguarding

/// Why a filter is refused: the term's number and a stable reason, never the term's text.
package struct FilterError: Error, Sendable, Hashable {
    package enum Reason: String, Sendable, CaseIterable {
        case tooLong = "too-long"
        case tooManyTerms = "too-many-terms"
        case emptyTerm = "empty-term"
        case unknownKey = "unknown-key"
        case badArea = "bad-area"
        case badLocation = "bad-location"
        case unknownCategory = "unknown-category"
        case unknownKind = "unknown-kind"
        case unknownBand = "unknown-band"
        case unknownUrgency = "unknown-urgency"
        case unknownSource = "unknown-source"
        case badNear = "bad-near"
    }

    /// From 1; 0 for the filter as a whole.
    package var term: Int
    package var reason: Reason

    package init(term: Int, reason: Reason) {
        self.term = term
        self.reason = reason
    }

    package var reply: FeedError {
        FeedError(
            .badFilter,
            "the filter is not understood",
            LineField("term", term),
            LineField("reason", reason.rawValue)
        )
    }
}

/// Reads the terms behind the word FILTER (PROTOCOL.md "Filters").
package enum FilterParser {
    /// Reads terms separated by one space; the empty text is the empty filter, which admits everything.
    package static func parse(_ text: String) throws(FilterError) -> FeedFilter {
        guard !text.isEmpty else { return .everything }
        guard text.utf8.count <= FeedLimits.filterBytes else { throw FilterError(term: 0, reason: .tooLong) }
        var filter = FeedFilter(text: text)
        for (index, word) in text.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            guard index < FeedLimits.filterTerms else { throw FilterError(term: index + 1, reason: .tooManyTerms) }
            let isExcluded = word.first == "-"
            let parsed: FeedTerm
            do throws(FilterError.Reason) {
                parsed = try term(isExcluded ? word.dropFirst() : word)
            } catch {
                throw FilterError(term: index + 1, reason: error)
            }
            if isExcluded { filter.exclusions.append(parsed) } else { filter.inclusions.append(parsed) }
        }
        return filter
    }

    private static func term(_ word: Substring) throws(FilterError.Reason) -> FeedTerm {
        guard !word.isEmpty else { throw .emptyTerm }
        if let floor = value(of: "band>=", in: word) {
            guard let band = Band(rawValue: String(floor)) else { throw .unknownBand }
            return .bandAtLeast(band)
        }
        if let floor = value(of: "urgency>=", in: word) {
            guard let urgency = Urgency(rawValue: String(floor)) else { throw .unknownUrgency }
            return .urgencyAtLeast(urgency)
        }
        let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw .unknownKey }
        return try keyed(parts[0], parts[1])
    }

    private static func keyed(_ key: Substring, _ value: Substring) throws(FilterError.Reason) -> FeedTerm {
        switch key {
        case "area":
            guard let code = Characters.word(value, limit: FeedLimits.word, Characters.isNameByte)
            else { throw .badArea }
            return .area(code)
        case "location":
            guard let location = LocationID(value) else { throw .badLocation }
            return .location(location)
        case "category":
            guard let category = LocationCategory(rawValue: String(value)) else { throw .unknownCategory }
            return .category(category)
        case "kind":
            guard let type = EventType(rawValue: String(value)) else { throw .unknownKind }
            return .kind(type)
        case "source":
            guard let kind = AgencyKind(rawValue: String(value)) else { throw .unknownSource }
            return .source(kind)
        case "near": return try near(value)
        default: throw .unknownKey
        }
    }

    private static func near(_ value: Substring) throws(FilterError.Reason) -> FeedTerm {
        let parts = value.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 3, let longitude = degrees(parts[0], within: 180),
            let latitude = degrees(parts[1], within: 90), let metres = Characters.number(parts[2]),
            (1...Int64(FeedLimits.nearMetres)).contains(metres)
        else { throw .badNear }
        return .near(longitude: longitude, latitude: latitude, metres: Int(metres))
    }

    /// Decimal degrees in units of 10^-7, exactly: at most seven decimals, which is a centimetre.
    private static func degrees(_ text: Substring, within bound: Int64) -> Int64? {
        let isNegative = text.first == "-"
        let parts = (isNegative ? text.dropFirst() : text).split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts[0].utf8.count <= 3, let whole = parts[0].asciiNumber
        else { return nil }
        var units = Int64(whole) * 10_000_000
        if parts.count == 2 {
            guard parts[1].utf8.count <= 7, let fraction = parts[1].asciiNumber else { return nil }
            units += (parts[1].utf8.count..<7).reduce(Int64(fraction)) { value, _ in value * 10 }
        }
        guard units <= bound * 10_000_000 else { return nil }
        return isNegative ? -units : units
    }

    private static func value(of prefix: String, in word: Substring) -> Substring? {
        word.hasPrefix(prefix) ? word.dropFirst(prefix.count) : nil
    }
}

extension FilterError.Reason: Error {}
