package import Safeguarding

/// Runs conformance vectors through a template's rules (`placeguard template vectors`).
package enum ConformanceVectors {
    /// What a run found.
    package struct Outcome: Sendable {
        package var cases: Int
        /// One object a mismatch: `line`, `name`, `field`, `expected`, `found`; or `line`, `error` for an unreadable line.
        package var mismatches: [JSON]
    }

    /// A line holds a whole history; ten times the longest one in use.
    private static let limits = JSONReader.Limits(depth: 8, numberLength: 24, values: 1_000_000)

    /// Runs every line of a file, one JSON object each; blank lines are skipped.
    package static func run(_ text: String, under template: Template) -> Outcome {
        var outcome = Outcome(cases: 0, mismatches: [])
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            outcome.cases += 1
            outcome.mismatches += run(Array(line.utf8), line: index + 1, template)
        }
        return outcome
    }

    private static func run(_ bytes: [UInt8], line: Int, _ template: Template) -> [JSON] {
        let vector: VectorCase
        do {
            vector = try VectorCase(JSONReader.read(bytes: bytes, limits: limits))
        } catch let error as JSONReadError {
            return [.object([("line", .int(line)), ("error", .string(error.description))])]
        } catch let error as VectorCase.Unreadable {
            return [
                .object([("line", .int(line)), ("error", .string("'\(error.path)' is missing or of another type"))])
            ]
        } catch {
            return [.object([("line", .int(line)), ("error", .string("cannot be read"))])]
        }
        let variant = template.withSigns(vector.signs, listing: vector.controls, at: VectorCase.category)
        let found = Dictionary(
            variant.assess(vector.evidence, at: vector.now)?.vectorFields ?? [("assessed", .bool(false))]
        ) { first, _ in first }
        return (vector.expect.members ?? []).compactMap { member in
            let value = found[member.key] ?? .null
            guard value != member.value.json else { return nil }
            return .object([
                ("line", .int(line)), ("name", .string(vector.name)), ("field", .string(member.key)),
                ("expected", member.value.json), ("found", value),
            ])
        }
    }
}

extension Assessment {
    /// The fields of a vector's `expect`, in its order (the README of the vectors; interfaces.md "Commands").
    package var vectorFields: [(String, JSON)] {
        [
            ("assessed", .bool(true)),
            ("points", .integer(points.units)),
            ("pointsShown", .string(points.shown)),
            ("likelihood", .int(likelihood)),
            ("severity", .int(severity)),
            ("inherent", .int(inherent)),
            ("controlCredit", .string(Hundredths(controlCredit).shortest)),
            ("residualLikelihood", .int(residualLikelihood)),
            ("residual", .int(residual)),
            ("band", .string(band.rawValue)),
            ("trend", .string(trend.rawValue)),
            ("confidence", .string(confidence.rawValue)),
            ("marks", .strings(marks.map(\.rawValue))),
            ("events", .int(events)),
            ("inWindow", .int(inWindow)),
            ("lifted", .int(lifted)),
            ("nextChange", nextChange.map { .integer($0.seconds) } ?? .null),
        ]
    }
}

extension Template {
    /// The same rules over another catalogue: these signs, and these controls listed for the category.
    func withSigns(_ signs: [SignDefinition], listing codes: Set<String>, at category: LocationCategory) -> Template {
        var rules = rules
        rules.controls.catalogue = codes.sorted().map {
            ControlDefinition(code: $0, label: $0, categories: [category])
        }
        return Template(
            header: Header(
                id: id,
                version: version,
                title: title,
                evidence: evidence,
                notice: notice,
                marking: marking,
                handling: handling
            ),
            signs: signs,
            categories: categories,
            rules: rules,
            catalogues: Catalogues(disruption: [], prompts: [], examples: []),
            outline: []
        )
    }
}
