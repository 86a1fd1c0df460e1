package import Safeguarding

extension PlacePage {
    package var json: JSON {
        .object([
            ("marking", .string(wording.marking)),
            ("notice", .optional(wording.notice)),
            ("asOf", .string(asOf.rfc3339)),
            ("view", .string(view.rawValue)),
            (
                "template",
                .object([("id", .string(wording.templateID)), ("version", .int(wording.templateVersion))])
            ),
            ("place", entry.json),
            ("assessment", assessment?.json ?? .null),
        ])
    }
}

extension ShownExplanation {
    var json: JSON {
        .object([
            ("lines", lines.map { .array($0.map(\.json)) } ?? .null),
            (
                "capped",
                .array(
                    capped.map { .object([("event", .int($0.event)), ("by", .decimal($0.points.shown))]) }
                )
            ),
            ("notCounted", .array(uncounted.map(\.json))),
            ("rules", .strings(rules)),
            ("controls", .array(controls.map(\.json))),
        ])
    }
}

extension ShownExplanation.Line {
    var json: JSON {
        var members: [(key: String, value: JSON)] = [("event", .int(event))]
        if let details {
            let item = details.item
            members += [
                ("report", .string(item.report.text)), ("sign", .string(item.sign)), ("agency", .string(item.agency)),
                ("kind", .string(item.agencyKind.rawValue)), ("grade", .string(item.grade.text)),
                ("attribution", .string(item.attribution.rawValue)), ("observed", .string(item.observed.rfc3339)),
                ("severity", .int(item.severity)), ("sourceFactor", .hundredths(item.sourceFactor)),
                ("informationFactor", .hundredths(item.informationFactor)),
                ("attributionFactor", .hundredths(item.attributionFactor)), ("ageFactor", .hundredths(item.ageFactor)),
                ("liftedBy", .optional(details.liftedBy?.text)),
                ("originatorUnconfirmed", .bool(item.originatorUnconfirmed)),
            ]
        } else {
            members.append(("sign", .string(ShownExplanation.restrictedItem)))
        }
        members += [("points", .decimal(itemPoints.shown)), ("counted", .decimal(counted.shown))]
        return .object(members)
    }
}

extension ShownExplanation {
    /// What stands where the sign of an item may not be told.
    static let restrictedItem = "restricted-item"
}

extension ShownExplanation.Uncounted {
    var json: JSON {
        guard let item else {
            return .object([
                ("sign", .string(ShownExplanation.restrictedItem)), ("reason", .string(reason.rawValue)),
            ])
        }
        return .object([
            ("report", .string(item.report.text)), ("sign", .string(item.sign)), ("agency", .string(item.agency)),
            ("observed", .string(item.observed.rfc3339)), ("reason", .string(reason.rawValue)),
        ])
    }
}

extension ExplainedControl {
    var json: JSON {
        .object([
            ("control", .string(code)), ("state", .string(state.rawValue)), ("verified", .optional(verified?.rfc3339)),
            ("credit", .hundredths(credit)),
        ])
    }
}

extension JSON {
    static func hundredths(_ value: Int) -> JSON { .decimal(Hundredths(value).shortest) }
}
