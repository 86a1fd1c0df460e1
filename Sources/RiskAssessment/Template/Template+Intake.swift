package import Safeguarding

extension IntakeRules {
    /// What intake needs of a template; prompts whose law is not in force are left out.
    package init(_ template: Template, localLicensingAuthorities: Set<String> = []) {
        let everywhere = Set(template.categories.map(\.category))
        let unlisted = template.grading[.community]
        let unknown = Grade(source: .untested, information: .d)
        self.init(
            template: template.id,
            version: template.version,
            signs: template.signs.reduce(into: [:]) { signs, sign in
                signs[sign.code] = Sign(
                    severity: sign.severity,
                    categories: sign.categories == everywhere ? nil : sign.categories
                )
            },
            grades: template.grading.mapValues { DefaultGrades(seen: $0.seen, told: $0.told, heard: $0.heard) },
            otherGrades: DefaultGrades(
                seen: unlisted?.seen ?? unknown,
                told: unlisted?.told ?? unknown,
                heard: unlisted?.heard ?? unknown
            ),
            prompts: template.prompts.filter(\.isInForce).map { rule in
                PromptRule(
                    code: rule.prompt,
                    text: rule.text,
                    signs: rule.signs.union(
                        template.signs.filter { sign in rule.fromSeverity.map { sign.severity >= $0 } ?? false }
                            .map(\.code)
                    ),
                    happeningNow: rule.onHappeningNow,
                    adultWorksWithChildren: rule.onAdultWorksWithChildren
                )
            },
            localLicensingAuthorities: localLicensingAuthorities
        )
    }
}

extension Template {
    /// What storing a report has to know of each sign.
    package var signWeights: [String: SignWeight] {
        signs.reduce(into: [:]) { weights, sign in
            weights[sign.code] = SignWeight(severity: sign.severity, isLADO: sign.isRestricted)
        }
    }
}
