/// What the risk assessment template tells intake: the signs it knows, default grades and prompts.
///
/// Made from the active template, so that nobody needs to read Swift to change one of these.
package struct IntakeRules: Sendable, Hashable {
    /// A sign of the catalogue, as far as intake needs it.
    package struct Sign: Sendable, Hashable {
        /// 0 (protective) to 5.
        package var severity: Int
        /// Kinds of place where the sign is expected; nil = everywhere. Elsewhere it is accepted with a prompt.
        package var categories: Set<LocationCategory>?

        package init(severity: Int, categories: Set<LocationCategory>? = nil) {
            self.severity = severity
            self.categories = categories
        }
    }

    /// The grade a report gets that names none, by how the reporter came to know.
    package struct DefaultGrades: Sendable, Hashable {
        package var seen: Grade
        package var told: Grade
        package var heard: Grade

        package init(seen: Grade, told: Grade, heard: Grade) {
            self.seen = seen
            self.told = told
            self.heard = heard
        }

        package func grade(for knowledge: Knowledge) -> Grade {
            switch knowledge {
            case .seen: seen
            case .told: told
            case .heard: heard
            }
        }
    }

    /// A prompt with its sentence and what calls it forth; any one trigger is enough.
    package struct PromptRule: Sendable, Hashable {
        package var code: Prompt
        package var text: String
        package var signs: Set<String>
        package var happeningNow: Bool
        package var adultWorksWithChildren: Bool

        package init(
            code: Prompt,
            text: String,
            signs: Set<String> = [],
            happeningNow: Bool = false,
            adultWorksWithChildren: Bool = false
        ) {
            self.code = code
            self.text = text
            self.signs = signs
            self.happeningNow = happeningNow
            self.adultWorksWithChildren = adultWorksWithChildren
        }
    }

    /// Identifier of the template; a mapping made for another one is refused.
    package var template: String
    package var version: Int
    /// By sign code.
    package var signs: [String: Sign]
    package var grades: [AgencyKind: DefaultGrades]
    /// For kinds of agency that the template does not list.
    package var otherGrades: DefaultGrades
    /// In the order in which a receipt gives them. `unusual-for-category` and, beside its signs, `licensed-elsewhere` have
    /// triggers of their own (see `PromptRules`); their entries here carry the sentence.
    package var prompts: [PromptRule]
    /// Licensing authorities of the partnership: a vehicle licensed by another calls `licensed-elsewhere` forth. Empty
    /// where they are not known; then only signs do.
    package var localLicensingAuthorities: Set<String>

    package init(
        template: String,
        version: Int,
        signs: [String: Sign],
        grades: [AgencyKind: DefaultGrades],
        otherGrades: DefaultGrades,
        prompts: [PromptRule],
        localLicensingAuthorities: Set<String> = []
    ) {
        self.template = template
        self.version = version
        self.signs = signs
        self.grades = grades
        self.otherGrades = otherGrades
        self.prompts = prompts
        self.localLicensingAuthorities = localLicensingAuthorities
    }

    package func defaultGrade(of kind: AgencyKind, knowing knowledge: Knowledge) -> Grade {
        (grades[kind] ?? otherGrades).grade(for: knowledge)
    }
}
