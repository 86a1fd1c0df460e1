import Safeguarding

extension Template {
    static func readReviews(_ section: TemplateCursor) -> ReviewRules {
        section.only("unrated", "red", "amber-plus", "amber", "green", "new-severity")
        let newSeverity = section["new-severity"]
        newSeverity.only("from", "due")
        return ReviewRules(
            unrated: readPeriod(section["unrated"]),
            red: readPeriod(section["red"]),
            amberPlus: readPeriod(section["amber-plus"]),
            amber: readPeriod(section["amber"]),
            green: readPeriod(section["green"]),
            newSeverity: newSeverity["from"].integer(1...5),
            newSeverityPeriod: readPeriod(newSeverity["due"])
        )
    }

    static func readAlerts(_ section: TemplateCursor) -> AlertRules {
        section.only(
            "immediate-severity",
            "raised-severity",
            "reported-severity",
            "high-severity",
            "burst",
            "easing",
            "late-days",
            "unlocated",
            "claim"
        )
        let claim = section["claim"]
        claim.only("immediate", "high", "normal", "low")
        var spans: [Urgency: Span] = [:]
        for urgency in Urgency.allCases { spans[urgency] = readOptionalSpan(claim[urgency.rawValue]) }
        return AlertRules(
            immediateSeverity: section["immediate-severity"].integer(1...5),
            raisedSeverity: section["raised-severity"].integer(1...5),
            reportedSeverity: section["reported-severity"].integer(1...5),
            highSeverity: section["high-severity"].integer(1...5),
            burstMinutes: readBurst(section["burst"]),
            easing: readSpan(section["easing"]),
            lateDays: section["late-days"].integer(1...3_650),
            unlocated: readSpan(section["unlocated"]),
            claim: spans
        )
    }

    /// `{days: 28}` or `{days: 28, or-next-meeting: true}`.
    private static func readPeriod(_ entry: TemplateCursor) -> ReviewRules.Period {
        let span = readSpan(entry, alsoAllowed: "or-next-meeting")
        return ReviewRules.Period(span: span, orNextMeeting: entry["or-next-meeting"].flag())
    }

    /// Minutes up to an hour, or `none`; templates that were in force before there was the key have none. Longer is no
    /// burst, and silence about a child.
    private static func readBurst(_ entry: TemplateCursor) -> Int? {
        guard entry.node != nil, !isNone(entry) else { return nil }
        entry.only("minutes")
        return entry["minutes"].integer(1...60)
    }

    /// A span, or `none`.
    private static func readOptionalSpan(_ entry: TemplateCursor) -> Span? {
        isNone(entry) ? nil : readSpan(entry)
    }

    private static func isNone(_ entry: TemplateCursor) -> Bool {
        if case .scalar("none", _, _)? = entry.node { true } else { false }
    }

    /// `{days: 28}`: exactly one unit.
    private static func readSpan(_ entry: TemplateCursor, alsoAllowed: String? = nil) -> Span {
        entry.only("minutes", "hours", "days", "working-hours", "working-days", alsoAllowed ?? "days")
        var spans: [Span] = []
        if entry["minutes"].isPresent { spans.append(.minutes(entry["minutes"].integer(1...100_000))) }
        if entry["hours"].isPresent { spans.append(.hours(entry["hours"].integer(1...100_000))) }
        if entry["days"].isPresent { spans.append(.days(entry["days"].integer(1...3_650))) }
        if entry["working-hours"].isPresent { spans.append(.workingHours(entry["working-hours"].integer(1...1_000))) }
        if entry["working-days"].isPresent { spans.append(.workingDays(entry["working-days"].integer(1...365))) }
        if entry.isPresent && spans.count != 1 { entry.fault(.inconsistent, "must have exactly one unit of time") }
        return spans.first ?? .days(1)
    }
}
