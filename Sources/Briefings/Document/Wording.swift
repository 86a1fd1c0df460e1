package import Safeguarding

// What people are shown for the closed lists of codes. Codes stay beside the words wherever a machine may read along;
// the words of signs and categories are the template's and come with the picture.

extension Band {
    package var label: String {
        switch self {
        case .green: "Green"
        case .amber: "Amber"
        case .amberPlus: "Amber plus"
        case .red: "Red"
        case .unrated: "Unrated"
        }
    }

    /// A shape of its own for each band, so that no meaning rests on colour (WCAG 2.2, 1.4.1).
    package var symbol: String {
        switch self {
        case .green: "○"
        case .amber: "△"
        case .amberPlus: "▲"
        case .red: "■"
        case .unrated: "?"
        }
    }

    /// Every band as lists put them: unrated first, then from red down.
    package static let listed: [Band] = allCases.sorted { $0.listOrder > $1.listOrder }
}

extension Trend {
    package var label: String {
        switch self {
        case .quiet: "Quiet"
        case .new: "New"
        case .rising: "Rising"
        case .falling: "Falling"
        case .steady: "Steady"
        }
    }

    package var symbol: String {
        switch self {
        case .quiet: "–"
        case .new: "+"
        case .rising: "↑"
        case .falling: "↓"
        case .steady: "→"
        }
    }
}

extension Confidence {
    package var label: String {
        switch self {
        case .low: "Low"
        case .medium: "Medium"
        case .high: "High"
        }
    }
}

extension Mark {
    /// What the mark tells a meeting.
    package var sentence: String {
        switch self {
        case .controlsWithheld: "Controls earn no credit while a grave sign is open or staff are the concern."
        case .historyOnly: "Nothing was observed within the scoring window; what is known is history."
        case .lowGradeOnly: "Nothing here is graded better than D; severity is lowered until something is."
        case .possible5: "A grave sign of low grade stands unresolved; a person must review it within one working day."
        case .singleSource: "Everything comes from one source; look for a second, independent one."
        case .suspectedFalseOnly: "Everything reported is suspected to be false and no one has reviewed it yet."
        }
    }

    /// Whether the mark names something that is not known and could be found out.
    package var isGap: Bool { self != .controlsWithheld && self != .historyOnly }
}

extension AgencyKind {
    package var label: String {
        switch self {
        case .licensing: "Licensing"
        case .taxiOperator: "Taxi operators"
        case .cctv: "CCTV"
        case .childrensServices: "Children’s services"
        case .police: "Police"
        case .health: "Health"
        case .education: "Education"
        case .tradingStandards: "Trading standards"
        case .housing: "Housing"
        case .transport: "Transport"
        case .community: "Community"
        case .business: "Business"
        }
    }
}

extension AlertCause {
    package var label: String {
        switch self {
        case .risk: "Risk"
        case .review: "Review"
        case .cluster: "Cluster"
        case .unlocated: "Unlocated report"
        case .backFile: "Back-file"
        }
    }
}

extension Urgency {
    package var label: String {
        switch self {
        case .low: "low"
        case .normal: "normal"
        case .high: "high"
        case .immediate: "immediate"
        }
    }
}

extension View {
    /// Which reports the numbers were made from.
    package var sentence: String {
        switch self {
        case .open:
            "Open view: made from open-partner reports only. Points are left out and small counts are shown as "
                + "“fewer than \(ShownCount.threshold)”."
        case .full: "Full view: made from every report, for readers with statutory clearance."
        }
    }
}
