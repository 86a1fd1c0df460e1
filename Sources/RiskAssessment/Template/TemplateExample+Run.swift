import Safeguarding

/// A worked example that came out otherwise than its template says.
package struct ExampleFailure: Sendable, Hashable, CustomStringConvertible {
    package var example: String
    package var field: String
    package var expected: String
    package var found: String

    package var description: String { "\(example): \(field) is \(found), not \(expected)" }
}

extension Template {
    /// Runs the worked examples that the template carries; empty where all agree.
    package func failedExamples() -> [ExampleFailure] { examples.flatMap(failures) }

    /// Any moment would do: examples give ages, not dates.
    private static let exampleMoment = Moment(seconds: 1_790_000_000)

    private func failures(of example: TemplateExample) -> [ExampleFailure] {
        let evidence = Evidence(category: example.category, items: Template.items(of: example))
        let found = assess(evidence, at: Template.exampleMoment, explaining: false)
        let expect = example.expect
        let pairs: [(field: String, expected: String, found: String?)] = [
            ("points", expect.points.text, found?.points.shown),
            ("likelihood", String(expect.likelihood), found.map { String($0.likelihood) }),
            ("severity", String(expect.severity), found.map { String($0.severity) }),
            ("inherent", String(expect.inherent), found.map { String($0.inherent) }),
            ("band", expect.band.rawValue, found?.band.rawValue),
            (
                "marks", expect.marks.map(\.rawValue).joined(separator: ", "),
                found?.marks.map(\.rawValue).joined(separator: ", ")
            ),
        ]
        return pairs.filter { $0.expected != $0.found }.map {
            ExampleFailure(
                example: example.name,
                field: $0.field,
                expected: $0.expected,
                found: $0.found ?? "nothing assessed"
            )
        }
    }

    private static func items(of example: TemplateExample) -> [RecordedItem] {
        var items: [RecordedItem] = []
        var originators: [String: UInt64] = [:]
        for form in example.reports {
            let originator = form.originator.map { name in
                let number = originators[name, default: UInt64(originators.count + 1)]
                originators[name] = number
                return OriginatorHash(number, 0, 0, 0)
            }
            for repetition in 0..<form.times {
                let report = ReportID(UniqueID(high: 0, low: UInt64(items.count + 1)))
                let days = Int64(form.daysAgo + repetition * form.everyDays)
                let observed = exampleMoment - days * Moment.day
                for sign in form.signs {
                    items.append(
                        RecordedItem(
                            version: Int64(items.count + 1),
                            report: report,
                            sign: sign,
                            grade: form.grade,
                            attribution: form.attribution,
                            observed: observed,
                            received: observed,
                            agency: form.agency,
                            agencyKind: .community,
                            originator: originator
                        )
                    )
                }
            }
        }
        return items
    }
}
