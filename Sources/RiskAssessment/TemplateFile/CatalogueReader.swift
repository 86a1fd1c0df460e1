import Safeguarding

extension Template {
    static func readSign(_ entry: TemplateCursor, _ names: CategoryNames) -> SignDefinition {
        entry.only(
            "code",
            "label",
            "severity",
            "structural",
            "protective",
            "restricted",
            "categories",
            "reporters"
        )
        return SignDefinition(
            code: entry["code"].code(),
            label: entry["label"].text(),
            severity: entry["severity"].integer(0...5),
            isStructural: entry["structural"].flag(),
            isProtective: entry["protective"].flag(),
            isRestricted: entry["restricted"].flag(),
            categories: names.read(entry["categories"]),
            reporters: readReporters(entry["reporters"])
        )
    }

    private static func readReporters(_ list: TemplateCursor) -> Set<AgencyKind> {
        let names = ["any"] + AgencyKind.allCases.map(\.rawValue)
        return Set(
            list.elements().flatMap { element -> [AgencyKind] in
                guard let name = element.choice(from: names) else { return [] }
                return name == "any" ? AgencyKind.allCases : AgencyKind(rawValue: name).map { [$0] } ?? []
            }
        )
    }

    static func readDisruption(_ entry: TemplateCursor, _ names: CategoryNames) -> DisruptionOption {
        entry.only("code", "label", "law", "who", "terms", "sourced", "check-commencement", "categories")
        return DisruptionOption(
            code: entry["code"].code(),
            label: entry["label"].text(),
            law: entry["law"].text(allowEmpty: true),
            who: entry["who"].text(),
            terms: entry["terms"].text(),
            isSourced: entry["sourced"].flag(absent: true),
            checkCommencement: entry["check-commencement"].flag(),
            categories: names.read(entry["categories"])
        )
    }

    static func readPrompt(_ entry: TemplateCursor) -> PromptRule? {
        entry.only("prompt", "text", "in-force", "when")
        let when = entry["when"]
        when.only("happening-now", "adult-works-with-children", "unusual-for-category", "severity", "signs")
        let prompt = entry["prompt"].choice(Prompt.self)
        let rule = PromptRule(
            prompt: prompt ?? .call999,
            text: entry["text"].text(),
            isInForce: entry["in-force"].flag(absent: true),
            onHappeningNow: when["happening-now"].flag(),
            onAdultWorksWithChildren: when["adult-works-with-children"].flag(),
            onUnusualForCategory: when["unusual-for-category"].flag(),
            fromSeverity: when["severity"].isPresent ? when["severity"].integer(1...5) : nil,
            signs: when["signs"].isPresent ? Set(when["signs"].elements().map { $0.code() }) : []
        )
        return prompt == nil ? nil : rule
    }

    static func readControl(_ entry: TemplateCursor, _ names: CategoryNames) -> ControlDefinition {
        entry.only("code", "label", "categories")
        return ControlDefinition(
            code: entry["code"].code(),
            label: entry["label"].text(),
            categories: names.read(entry["categories"])
        )
    }

    static func readExample(_ entry: TemplateCursor) -> TemplateExample {
        entry.only("name", "category", "reports", "expect")
        let expect = entry["expect"]
        expect.only("points", "likelihood", "severity", "inherent", "band", "marks")
        return TemplateExample(
            name: entry["name"].text(),
            category: entry["category"].choice(LocationCategory.self) ?? .area,
            reports: entry["reports"].elements().map(readExampleReport),
            expect: TemplateExample.Expectation(
                points: expect["points"].decimal(0...99_999_999),
                likelihood: expect["likelihood"].integer(1...5),
                severity: expect["severity"].integer(1...5),
                inherent: expect["inherent"].integer(1...25),
                band: expect["band"].choice(Band.self) ?? .unrated,
                marks: expect["marks"].elements(allowEmpty: true).compactMap { $0.choice(Mark.self) }.sorted()
            )
        )
    }

    private static func readExampleReport(_ entry: TemplateCursor) -> TemplateExample.Report {
        entry.only("agency", "originator", "signs", "grade", "attribution", "days-ago", "times", "every-days")
        return TemplateExample.Report(
            agency: entry["agency"].code(),
            originator: entry["originator"].isPresent ? entry["originator"].code() : nil,
            signs: entry["signs"].elements().map { $0.code() },
            grade: entry["grade"].grade() ?? Grade(source: .notReliable, information: .e),
            attribution: entry["attribution"].choice(Attribution.self) ?? .nearby,
            daysAgo: entry["days-ago"].integer(0...36_500),
            times: entry["times"].isPresent ? entry["times"].integer(1...1_000) : 1,
            everyDays: entry["every-days"].isPresent ? entry["every-days"].integer(0...365) : 0
        )
    }
}
