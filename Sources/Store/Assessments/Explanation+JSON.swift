import Safeguarding

extension Explanation {
    /// The stored form: every line of the sum, points in units of 10^-10, factors in hundredths.
    var json: JSON {
        .object([
            ("events", .array(events.map(\.json))),
            ("notCounted", .array(notCounted.map(\.json))),
            ("caps", .strings(caps)),
            ("controls", .array(controls.map(\.json))),
        ])
    }
}

extension ExplainedEvent {
    var json: JSON {
        .object([
            ("points", .integer(points.units)),
            ("cappedBy", .integer(cappedBy.units)),
            ("items", .array(items.map(\.json))),
        ])
    }
}

extension ExplainedItem {
    var json: JSON {
        .object([
            ("report", .string(report.text)),
            ("sign", .string(sign)),
            ("agency", .string(agency)),
            ("agencyKind", .string(agencyKind.rawValue)),
            ("compartment", .string(compartment.rawValue)),
            ("grade", .string(grade.text)),
            ("attribution", .string(attribution.rawValue)),
            ("observed", .string(observed.rfc3339)),
            ("severity", .int(severity)),
            ("sourceFactor", .int(sourceFactor)),
            ("informationFactor", .int(informationFactor)),
            ("attributionFactor", .int(attributionFactor)),
            ("ageFactor", .int(ageFactor)),
            ("itemPoints", .integer(itemPoints.units)),
            ("counted", .integer(counted.units)),
            ("liftedBy", .optional(liftedBy?.text)),
            ("originatorUnconfirmed", .bool(originatorUnconfirmed)),
        ])
    }
}

extension UncountedItem {
    var json: JSON {
        .object([
            ("report", .string(report.text)),
            ("sign", .string(sign)),
            ("agency", .string(agency)),
            ("compartment", .string(compartment.rawValue)),
            ("observed", .string(observed.rfc3339)),
            ("reason", .string(reason.rawValue)),
        ])
    }
}

extension ExplainedControl {
    var json: JSON {
        .object([
            ("code", .string(code)),
            ("state", .string(state.rawValue)),
            ("verified", .optional(verified?.rfc3339)),
            ("credit", .int(credit)),
        ])
    }
}
