/// The partnership's rating of a place, low to high; `unrated` stands outside the order (interfaces.md "Reading").
package enum Band: String, Sendable, CaseIterable, Codable {
    case green
    case amber
    case amberPlus = "amber-plus"
    case red
    /// Not yet judged by a person although something grave was said: never shown as green.
    case unrated

    /// Position in none < green < amber < amber-plus < red, 1 to 4; nil for `unrated`.
    package var rank: Int? {
        switch self {
        case .green: 1
        case .amber: 2
        case .amberPlus: 3
        case .red: 4
        case .unrated: nil
        }
    }

    /// Whether this band passes a `band>=` filter: `unrated` passes every one.
    package func isAtLeast(_ floor: Band) -> Bool {
        guard let rank, let floorRank = floor.rank else { return self == .unrated }
        return rank >= floorRank
    }

    /// Order in lists, highest first: `unrated` above red.
    package var listOrder: Int { rank ?? 5 }

    /// The band in effect where a person judged the place too: `unrated` if the machine says so, else the higher.
    package static func effective(machine: Band, judged: Band?) -> Band {
        guard machine != .unrated, let judged, let judgedRank = judged.rank, let machineRank = machine.rank else {
            return machine
        }
        return judgedRank > machineRank ? judged : machine
    }
}

/// How a place moved over the last two quarters (scoring.md section 8).
package enum Trend: String, Sendable, CaseIterable, Codable {
    case quiet, new, rising, falling, steady
}

/// How well evidenced a score is, apart from how high it is.
package enum Confidence: String, Sendable, CaseIterable, Codable {
    case low, medium, high
}

/// What a reader should know about how a score came about.
package enum Mark: String, Sendable, CaseIterable, Codable, Comparable {
    case controlsWithheld = "controls-withheld"
    case historyOnly = "history-only"
    case lowGradeOnly = "low-grade-only"
    case possible5 = "possible-5"
    case singleSource = "single-source"
    case suspectedFalseOnly = "suspected-false-only"

    package static func < (a: Mark, b: Mark) -> Bool { a.rawValue < b.rawValue }
}

/// The two forms in which everything that is computed exists (design.md "A score must not leak").
package enum View: String, Sendable, CaseIterable, Codable {
    /// From open-partner items only.
    case open
    /// From all items; read with clearance `statutory`.
    case full
}
