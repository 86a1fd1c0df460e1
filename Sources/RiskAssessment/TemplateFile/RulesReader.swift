import Safeguarding

extension Template {
    static func readRules(_ file: TemplateCursor, _ names: CategoryNames) -> Rules {
        Rules(
            grading: file["grading"].table(AgencyKind.allCases, readGrades),
            factors: readFactors(file["factors"]),
            events: readEvents(file["events"]),
            likelihood: readLikelihood(file["likelihood"]),
            severity: readSeverity(file["severity"]),
            controls: readControls(file["controls"], names),
            bands: readBands(file["bands"]),
            trend: readTrend(file["trend"]),
            confidence: readConfidence(file["confidence"]),
            reviews: readReviews(file["reviews"]),
            alerts: readAlerts(file["alerts"])
        )
    }

    private static func readGrades(_ entry: TemplateCursor) -> DefaultGrades {
        entry.only("seen", "told", "heard")
        let none = Grade(source: .notReliable, information: .d)
        return DefaultGrades(
            seen: entry["seen"].grade() ?? none,
            told: entry["told"].grade() ?? none,
            heard: entry["heard"].grade() ?? none
        )
    }

    private static func readFactors(_ section: TemplateCursor) -> Factors {
        section.only("source", "information", "attribution", "age", "unresolved", "corroboration")
        let unresolved = section["unresolved"]
        unresolved.only("severity", "at-least")
        let corroboration = section["corroboration"]
        corroboration.only("lifts", "counts-as", "within-days")
        return Factors(
            source: section["source"].table(SourceGrade.allCases) { $0.decimal(0...100) },
            information: section["information"].table([.a, .b, .c, .d] as [InformationGrade]) { $0.decimal(0...100) },
            attribution: section["attribution"].table(Attribution.allCases) { $0.decimal(0...100) },
            ageSteps: section["age"].elements().map { step in
                step.only("under-days", "factor")
                return Factors.AgeStep(
                    underDays: step["under-days"].integer(1...36_500),
                    factor: step["factor"].decimal(1...100)
                )
            },
            unresolved: Factors.UnresolvedFloor(
                severity: unresolved["severity"].integer(1...5),
                atLeast: unresolved["at-least"].decimal(0...100)
            ),
            corroboration: Factors.Corroboration(
                lifts: corroboration["lifts"].choice(InformationGrade.self) ?? .c,
                countsAs: corroboration["counts-as"].choice(InformationGrade.self) ?? .b,
                withinDays: corroboration["within-days"].integer(0...3_650)
            )
        )
    }

    private static func readEvents(_ section: TemplateCursor) -> EventRules {
        section.only("same-sign", "same-originator", "further-share", "at-most")
        return EventRules(
            sameSignHours: readEventHours(section["same-sign"]),
            sameOriginatorHours: readEventHours(section["same-originator"]),
            furtherShare: section["further-share"].decimal(0...100),
            atMost: section["at-most"].decimal(100...1_000)
        )
    }

    /// `{hours: 6}`, or `same report only` where times are too coarse to tell.
    private static func readEventHours(_ entry: TemplateCursor) -> Int? {
        if case .scalar("same report only", _, _)? = entry.node { return nil }
        entry.only("hours")
        return entry["hours"].integer(0...8_784)
    }

    private static func readLikelihood(_ section: TemplateCursor) -> LikelihoodRules {
        section.only("steps", "independent-origins", "otherwise-at-most")
        return LikelihoodRules(
            steps: section["steps"].elements().map { $0.decimal(1...99_999_999) },
            independentOrigins: section["independent-origins"].integer(1...10),
            cap: section["otherwise-at-most"].integer(1...5)
        )
    }

    private static func readSeverity(_ section: TemplateCursor) -> SeverityRules {
        section.only("trusted", "doubtful-lowered-by", "doubtful-at-least", "possible", "suspected-false-days")
        return SeverityRules(
            trusted: Set(section["trusted"].elements().compactMap { $0.choice(InformationGrade.self) }),
            doubtfulLoweredBy: section["doubtful-lowered-by"].integer(0...4),
            doubtfulAtLeast: section["doubtful-at-least"].integer(1...5),
            possible: section["possible"].integer(1...5),
            suspectedFalseDays: section["suspected-false-days"].integer(1...36_500)
        )
    }

    private static func readControls(_ section: TemplateCursor, _ names: CategoryNames) -> ControlRules {
        section.only("credits", "verified-days", "reductions", "withheld", "catalogue")
        let credits = section["credits"]
        credits.only("verified", "verified-longer-ago", "evidenced", "claimed", "lapsed", "failed")
        let withheld = section["withheld"]
        withheld.only("severity", "signs")
        return ControlRules(
            catalogue: section["catalogue"].elements(allowEmpty: true).map { readControl($0, names) },
            verified: credits["verified"].decimal(0...100),
            verifiedLongerAgo: credits["verified-longer-ago"].decimal(0...100),
            evidenced: credits["evidenced"].decimal(0...100),
            claimed: credits["claimed"].decimal(0...100),
            lapsed: credits["lapsed"].decimal(0...100),
            failed: credits["failed"].decimal(-100...0),
            verifiedDays: section["verified-days"].integer(1...3_650),
            reductions: section["reductions"].elements(allowEmpty: true).map { step in
                step.only("credit", "lowers")
                return ControlRules.Reduction(
                    credit: step["credit"].decimal(1...10_000),
                    lowers: step["lowers"].integer(1...4)
                )
            },
            withheldFromSeverity: withheld["severity"].integer(1...5),
            withheldBySigns: Set(withheld["signs"].elements(allowEmpty: true).map { $0.code() })
        )
    }

    private static func readBands(_ section: TemplateCursor) -> BandRules {
        section.only("green", "amber", "amber-plus", "red")
        _ = section["green"].integer(1...1)
        return BandRules(
            amber: section["amber"].integer(2...25),
            amberPlus: section["amber-plus"].integer(2...25),
            red: section["red"].integer(2...25)
        )
    }

    private static func readTrend(_ section: TemplateCursor) -> TrendRules {
        section.only("days", "least-change", "rising", "falling")
        return TrendRules(
            days: section["days"].integer(1...3_650),
            leastChange: section["least-change"].decimal(0...99_999),
            rising: section["rising"].decimal(100...1_000),
            falling: section["falling"].decimal(0...100)
        )
    }

    private static func readConfidence(_ section: TemplateCursor) -> ConfidenceRules {
        section.only("low-after-days", "high-agencies", "high-share", "high-grades", "high-within-days")
        return ConfidenceRules(
            lowAfterDays: section["low-after-days"].integer(1...36_500),
            highAgencies: section["high-agencies"].integer(1...100),
            highShare: section["high-share"].decimal(0...100),
            highGrades: Set(section["high-grades"].elements().compactMap { $0.choice(InformationGrade.self) }),
            highWithinDays: section["high-within-days"].integer(1...36_500)
        )
    }
}
