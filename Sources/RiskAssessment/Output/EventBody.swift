package import Safeguarding

/// Builds the JSON of an event line (feed-protocol.md "The event body"): structured facts only, never free text.
///
/// The open view gets no points, and counts under five only as such; claims and their time exist in the full view alone.
package struct EventBody: Sendable {
    let template: Template
    let view: View
    let context: AssessmentContext
    let marking: String

    /// Signs on a line: enough to know what it is about, few enough for the line to fit.
    package static let maximumSigns = 8
    /// Counts under this are not told without clearance (domain.md 5.1).
    package static let smallCount = 5

    /// - Parameter marking: replaces the template's marking, for exercises.
    package init(template: Template, view: View, context: AssessmentContext, marking: String? = nil) {
        self.template = template
        self.view = view
        self.context = context
        self.marking = marking ?? template.marking
    }

    /// The body of an event about a location.
    ///
    /// - Parameter isMoreKnown: The two views differ and the open one may say so: "contact the coordinator".
    package func json(
        of publication: Publication,
        at location: LocationFacts,
        assessment: Assessment?,
        judged: Band?,
        reviewBy: Moment?,
        isMoreKnown: Bool = false
    ) -> JSON {
        var members: [(key: String, value: JSON)] = [
            ("location", self.location(location)),
            (
                "band",
                .object([
                    ("from", .optional(publication.bandFrom?.rawValue)),
                    ("to", .optional(publication.bandTo?.rawValue)),
                    ("machine", .optional(assessment?.band.rawValue)), ("judged", .optional(judged?.rawValue)),
                ])
            ),
        ]
        if let assessment {
            members += [
                ("score", score(assessment)),
                ("confidence", .string(assessment.confidence.rawValue)),
                ("trend", .string(assessment.trend.rawValue)),
                ("signs", .strings(assessment.signs.prefix(EventBody.maximumSigns))),
                (
                    "evidence",
                    .object([("reports", count(assessment.reports)), ("agencies", count(assessment.agencies))])
                ),
            ]
        }
        members += closing(publication, reviewBy: reviewBy, handling: assessment?.handling ?? .permitted)
        if view == .open, isMoreKnown { members.append(("restricted", .bool(true))) }
        return .object(members)
    }

    /// The body of an event about a report that belongs to no place yet: its agency's areas, and no band or score.
    package func json(of publication: Publication, unlocated report: UnlocatedSituation, areas: [String]) -> JSON {
        let known = report.signs.compactMap(template.sign)
        let isRestricted = report.compartment.isRestricted || known.contains(where: \.isRestricted)
        let signs = known.sorted { ($1.severity, $0.code) < ($0.severity, $1.code) }.map(\.code)
        var members: [(key: String, value: JSON)] = [
            ("location", .null),
            ("areas", .strings(areas)),
            ("signs", .strings(isRestricted ? [] : Array(signs.prefix(EventBody.maximumSigns)))),
        ]
        members += closing(publication, reviewBy: nil, handling: report.handling)
        return .object(members)
    }

    /// The body of the summary of a back-file or rescoring in one area.
    package func json(of publication: Publication, summary: RunSummary) -> JSON {
        let bands = Band.allCases.sorted { $0.listOrder > $1.listOrder }
        var members: [(key: String, value: JSON)] = [
            ("location", .null),
            ("areas", .strings([summary.area].compactMap(\.self))),
            ("run", .integer(summary.run)),
            ("bands", .object(bands.map { ($0.rawValue, count(summary.bands[$0] ?? 0)) })),
            ("unlocated", count(summary.unlocated)),
        ]
        members += closing(publication, reviewBy: nil, handling: .permitted)
        return .object(members)
    }

    /// The same event in short, where the whole would not fit a line: `SHOW` returns the rest.
    package static func short(_ publication: Publication, template: Template, marking: String? = nil) -> JSON {
        .object([
            ("more", .bool(true)),
            (
                "band",
                .object([
                    ("from", .optional(publication.bandFrom?.rawValue)),
                    ("to", .optional(publication.bandTo?.rawValue)),
                ])
            ),
            ("why", .strings(publication.why.map(\.rawValue))),
            ("ask", .string(publication.ask.rawValue)),
            ("marking", .string(marking ?? template.marking)),
        ])
    }

    private func location(_ facts: LocationFacts) -> JSON {
        var members: [(key: String, value: JSON)] = [
            ("id", .string(facts.id.text)),
            ("category", .string(facts.category.rawValue)),
            ("areas", .strings(facts.areas)),
        ]
        if let name = facts.name { members.append(("name", .string(name))) }
        return .object(members)
    }

    private func score(_ assessment: Assessment) -> JSON {
        var members: [(key: String, value: JSON)] = []
        if view == .full { members.append(("points", .decimal(assessment.points.shown))) }
        members += [
            ("likelihood", .int(assessment.likelihood)),
            ("severity", .int(assessment.severity)),
            ("inherent", .int(assessment.inherent)),
            ("residual", .int(assessment.residual)),
        ]
        return .object(members)
    }

    /// Exact with statutory clearance; otherwise small counts are told as such, and none as none.
    private func count(_ value: Int) -> JSON {
        guard view == .open, value > 0, value < EventBody.smallCount else { return .int(value) }
        return .object([("below", .int(EventBody.smallCount))])
    }

    private func closing(
        _ publication: Publication,
        reviewBy: Moment?,
        handling: HandlingCode
    ) -> [(key: String, value: JSON)] {
        var members: [(key: String, value: JSON)] = [
            ("why", .strings(publication.why.map(\.rawValue))),
            ("ask", .string(publication.ask.rawValue)),
        ]
        if let reviewBy { members.append(("review_by", .string(reviewBy.rfc3339))) }
        members.append(
            ("template", .object([("id", .string(template.id)), ("version", .int(template.version))]))
        )
        members.append(("marking", .string(marking)))
        members.append(("handling", .string(handling.rawValue)))
        if let notice = template.notice { members.append(("notice", .string(notice))) }
        return members
    }
}
