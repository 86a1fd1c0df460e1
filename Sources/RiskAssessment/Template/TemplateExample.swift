package import Safeguarding

/// A worked example that a template carries and that `template check` runs (interfaces.md "The template").
package struct TemplateExample: Sendable, Hashable {
    package var name: String
    package var category: LocationCategory
    package var reports: [Report]
    package var expect: Expectation

    /// One or more reports alike.
    package struct Report: Sendable, Hashable {
        package var agency: String
        package var originator: String?
        package var signs: [String]
        package var grade: Grade
        package var attribution: Attribution
        /// Whole days before the moment of assessment at which it was observed and received.
        package var daysAgo: Int
        /// How many of them, each `everyDays` earlier than the one before.
        package var times: Int
        package var everyDays: Int
    }

    /// What must come out; what is nil is not compared.
    package struct Expectation: Sendable, Hashable {
        package var points: Hundredths
        package var likelihood: Int
        package var severity: Int
        package var inherent: Int
        package var band: Band
        package var marks: [Mark]
    }
}

/// One value of a template: its path in the file and its text.
package struct TemplateLine: Sendable, Hashable, CustomStringConvertible {
    package var path: String
    package var value: String

    package init(path: String, value: String) {
        self.path = path
        self.value = value
    }

    package var description: String { "\(path): \(value)" }
}
