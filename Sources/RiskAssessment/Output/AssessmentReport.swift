package import Safeguarding

/// An assessment as one reader may see it: JSON for programs, lines for a terminal (`placeguard assess`).
///
/// Points, exact sums and single items are for the full view. There, an item of a compartment that the reader has no
/// clearance for stands as `restricted-item`, with its points and without sign, time, agency or report (design.md "A score
/// must not leak").
package struct AssessmentReport: Sendable {
    private let assessment: Assessment
    private let template: Template
    private let view: View
    private let clearances: Set<Clearance>

    package init(_ assessment: Assessment, under template: Template, in view: View, clearances: Set<Clearance>) {
        self.assessment = assessment
        self.template = template
        self.view = view
        self.clearances = clearances
    }

    private func isHidden(_ compartment: Compartment) -> Bool {
        switch compartment {
        case .openPartner, .statutoryOnly: false
        case .policeIntel: !clearances.contains(.police)
        case .lado: !clearances.contains(.lado)
        }
    }

    /// The report that lifted an item, where the reader may know of it.
    private func lifting(_ item: ExplainedItem) -> String? {
        guard let report = item.liftedBy else { return nil }
        let explanation = assessment.explanation
        let isVisible =
            explanation.events.contains { event in
                event.items.contains { $0.report == report && !isHidden($0.compartment) }
            } || explanation.notCounted.contains { $0.report == report && !isHidden($0.compartment) }
        return isVisible ? report.text : "restricted-item"
    }

    // MARK: JSON

    /// The fields of the conformance vectors' `expect`, then signs, template and explanation.
    package var json: JSON {
        let suppressed: Set<String> = view == .full ? [] : ["points", "pointsShown", "events", "inWindow", "lifted"]
        var members = assessment.vectorFields.filter { !suppressed.contains($0.0) }.map { (key: $0.0, value: $0.1) }
        members += [
            ("at", .string(assessment.at.rfc3339)),
            ("signs", .strings(assessment.signs)),
            ("template", .object([("id", .string(template.id)), ("version", .int(template.version))])),
            ("explanation", explanation),
        ]
        if let notice = template.notice { members.append(("notice", .string(notice))) }
        return .object(members)
    }

    private var explanation: JSON {
        var members: [(key: String, value: JSON)] = [("caps", .strings(assessment.explanation.caps))]
        if view == .full {
            members += [
                ("events", .array(assessment.explanation.events.map(event))),
                ("notCounted", .array(assessment.explanation.notCounted.map(uncounted))),
            ]
        }
        members.append(("controls", .array(assessment.explanation.controls.map(control))))
        return .object(members)
    }

    private func event(_ event: ExplainedEvent) -> JSON {
        .object([
            ("points", .integer(event.points.units)), ("cappedBy", .integer(event.cappedBy.units)),
            ("items", .array(event.items.map(item))),
        ])
    }

    private func item(_ item: ExplainedItem) -> JSON {
        guard !isHidden(item.compartment) else {
            return .object([("restricted-item", .bool(true)), ("counted", .integer(item.counted.units))])
        }
        return .object([
            ("report", .string(item.report.text)), ("sign", .string(item.sign)), ("agency", .string(item.agency)),
            ("grade", .string(item.grade.text)), ("attribution", .string(item.attribution.rawValue)),
            ("observed", .string(item.observed.rfc3339)), ("severity", .int(item.severity)),
            ("sourceFactor", .decimal(Hundredths(item.sourceFactor).text)),
            ("informationFactor", .decimal(Hundredths(item.informationFactor).text)),
            ("attributionFactor", .decimal(Hundredths(item.attributionFactor).text)),
            ("ageFactor", .decimal(Hundredths(item.ageFactor).text)),
            ("itemPoints", .integer(item.itemPoints.units)), ("counted", .integer(item.counted.units)),
            ("liftedBy", .optional(lifting(item))), ("originatorUnconfirmed", .bool(item.originatorUnconfirmed)),
        ])
    }

    private func uncounted(_ item: UncountedItem) -> JSON {
        guard !isHidden(item.compartment) else { return .object([("restricted-item", .bool(true))]) }
        return .object([
            ("report", .string(item.report.text)), ("sign", .string(item.sign)), ("agency", .string(item.agency)),
            ("observed", .string(item.observed.rfc3339)), ("reason", .string(item.reason.rawValue)),
        ])
    }

    private func control(_ control: ExplainedControl) -> JSON {
        .object([
            ("control", .string(control.code)), ("state", .string(control.state.rawValue)),
            ("verified", .optional(control.verified?.rfc3339)),
            ("credit", .string(Hundredths(control.credit).shortest)),
        ])
    }

    // MARK: Lines

    /// The first lines: rating, movement and marks, without the sum.
    package var summary: [String] { Array(lines.prefix(4)) }

    /// The same line by line; the points of the events add up to the total.
    package var lines: [String] {
        var lines: [String] = []
        if let notice = template.notice { lines.append(notice) }
        lines.append(
            "\(assessment.band.rawValue): likelihood \(assessment.likelihood) x severity \(assessment.severity) = "
                + "inherent \(assessment.inherent); after controls (credit "
                + "\(Hundredths(assessment.controlCredit).shortest)) \(assessment.residualLikelihood) x "
                + "\(assessment.severity) = residual \(assessment.residual)"
        )
        lines.append("trend \(assessment.trend.rawValue), confidence \(assessment.confidence.rawValue)")
        if !assessment.marks.isEmpty {
            lines.append("marks: " + assessment.marks.map(\.rawValue).joined(separator: ", "))
        }
        if view == .full { lines += pointLines }
        if !assessment.explanation.caps.isEmpty {
            lines.append("rules that applied: " + assessment.explanation.caps.joined(separator: ", "))
        }
        for control in assessment.explanation.controls {
            let credit = Hundredths(control.credit).shortest
            lines.append("control \(control.code) \(control.state.rawValue): credit \(credit)")
        }
        let change = assessment.nextChange.map { "may change by itself on \(London.display($0))" }
        lines.append(change ?? "changes with new input only")
        return lines
    }

    private var pointLines: [String] {
        var lines = ["points \(assessment.points.shown) from \(assessment.events) event(s):"]
        for event in assessment.explanation.events {
            let capped = event.cappedBy > .zero ? " (capped by \(event.cappedBy.shown))" : ""
            lines.append("  event \(event.points.shown)\(capped)")
            for item in event.items { lines.append("    " + line(item)) }
        }
        if !assessment.explanation.notCounted.isEmpty { lines.append("not counted:") }
        for item in assessment.explanation.notCounted {
            lines.append(
                isHidden(item.compartment)
                    ? "  restricted-item"
                    : "  \(item.sign) by \(item.agency), \(London.display(item.observed)): \(item.reason.rawValue)"
            )
        }
        return lines
    }

    private func line(_ item: ExplainedItem) -> String {
        guard !isHidden(item.compartment) else { return "\(item.counted.shown)  restricted-item" }
        let factors = [item.sourceFactor, item.informationFactor, item.attributionFactor, item.ageFactor]
        let product = factors.map { Hundredths($0).text }.joined(separator: " x ")
        let lifted = item.liftedBy == nil ? "" : ", corroborated"
        return
            "\(item.counted.shown)  \(item.sign) by \(item.agency), \(item.grade.text), \(item.attribution.rawValue), "
            + "\(London.display(item.observed)): \(item.severity) x \(product) = \(item.itemPoints.shown)\(lifted)"
    }
}
