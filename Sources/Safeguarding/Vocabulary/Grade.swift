/// Source evaluation of the 3x5x2 intelligence grading (domain.md 1.1).
package enum SourceGrade: Int, Sendable, CaseIterable, Codable {
    case reliable = 1
    case untested = 2
    case notReliable = 3
}

/// Information assessment of the 3x5x2 intelligence grading, best first.
package enum InformationGrade: String, Sendable, CaseIterable, Comparable, Codable {
    case a = "A"
    case b = "B"
    case c = "C"
    case d = "D"
    /// Suspected to be false: kept, visible, never scored.
    case e = "E"

    /// `a < b`: the better grade is the smaller.
    package static func < (a: InformationGrade, b: InformationGrade) -> Bool { a.rawValue < b.rawValue }
}

/// Handling code of the 3x5x2 grading.
package enum HandlingCode: String, Sendable, CaseIterable, Codable {
    /// Lawful sharing permitted.
    case permitted = "P"
    /// Lawful sharing permitted with conditions.
    case conditions = "C"
}

/// Source and information grade of a report, such as `2B` in `2BP`.
package struct Grade: Hashable, Sendable {
    package var source: SourceGrade
    package var information: InformationGrade

    package init(source: SourceGrade, information: InformationGrade) {
        self.source = source
        self.information = information
    }

    package var text: String { "\(source.rawValue)\(information.rawValue)" }

    /// Reads two characters such as `2B`.
    package init?(_ text: some StringProtocol) {
        guard text.count == 2, let first = text.first?.wholeNumberValue, let source = SourceGrade(rawValue: first),
            let information = InformationGrade(rawValue: String(text.dropFirst()))
        else { return nil }
        self.init(source: source, information: information)
    }
}

/// How the reporter came to know (interfaces.md "Reports").
package enum Knowledge: String, Sendable, CaseIterable, Codable {
    case seen, told, heard
}

/// How closely what was noticed belongs to the place.
package enum Attribution: String, Sendable, CaseIterable, Codable {
    case inside, connected, nearby, journey
}

/// The part a place played.
package enum LocationRole: String, Sendable, CaseIterable, Codable {
    case approach, supply, transit, harm, lodging, employment
    case foundAfterMissing = "found-after-missing"
    case linkedOnly = "linked-only"
}

/// How exactly an observed time is known (design.md "Observed").
package enum TimePrecision: String, Sendable, CaseIterable, Codable {
    case minute, hour, day, month
}
