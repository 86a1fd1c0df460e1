import Safeguarding

/// Gathers the values of one row and lays them out as the JSON object that a partner would have sent.
struct ReportBuilder {
    var reference: String?
    private var values: [MappingTarget: [String]] = [:]

    mutating func set(_ target: MappingTarget, _ value: String) {
        guard !value.isEmpty else { return }
        // Two columns may say the same sign; one is enough.
        if values[target]?.contains(value) != true { values[target, default: []].append(value) }
    }

    private func text(_ target: MappingTarget) -> JSONValue? { values[target]?.first.map { .string($0) } }

    var value: JSONValue {
        var object = ObjectBuilder()
        object.set("reference", reference.map { .string($0) })
        object.set("observed", observed)
        object.set("location", location)
        object.set("journey", journey)
        let texts: [MappingTarget] = [
            .role, .attribution, .knowledge, .grade, .originator, .compartment, .lawfulBasis, .earlyHelpAgreement,
            .narrative,
        ]
        for target in texts { object.set(target.rawValue, text(target)) }
        for target in [MappingTarget.happeningNow, .adultWorksWithChildren, .selfReport] {
            object.set(target.rawValue, values[target]?.first.map { .bool($0 == "true") })
        }
        object.set("signs", values[.signs].map { .array($0.map { .string($0) }) })
        object.set("handling", nested([("code", .handlingCode), ("conditions", .handlingConditions)]))
        return object.value
    }

    private var observed: JSONValue? {
        if let single = text(.observed), values[.observedPrecision] == nil { return single }
        var object = ObjectBuilder()
        object.set("from", text(.observed) ?? text(.observedFrom))
        object.set("to", text(.observedTo))
        object.set("precision", text(.observedPrecision))
        // A precision alone, which a mapping gives to every row, is no time.
        return values[.observed] == nil && values[.observedFrom] == nil && values[.observedTo] == nil
            ? nil : object.value
    }

    private var location: JSONValue? {
        var object = ObjectBuilder()
        object.set("id", text(.locationID))
        object.set("register", text(.locationRegister))
        object.set("uprn", text(.locationUPRN))
        object.set("vehicle", nested([("plate", .locationPlate), ("licensedBy", .locationLicensedBy)]))
        object.set("name", text(.locationName))
        object.set("postcode", text(.locationPostcode))
        object.set("gridReference", text(.locationGridReference) ?? metres)
        object.set("point", point)
        object.set("category", text(.locationCategory))
        object.set("accuracyMetres", values[.locationAccuracy]?.first.map { .number($0) })
        return object.isEmpty ? nil : object.value
    }

    /// Both or neither; one alone is left to the validator to refuse.
    private var point: JSONValue? {
        let parts = [MappingTarget.locationLongitude, .locationLatitude].compactMap { values[$0]?.first }
        return parts.isEmpty ? nil : .array(parts.map { .number($0) })
    }

    private var metres: JSONValue? {
        let parts = [MappingTarget.locationEasting, .locationNorthing].compactMap { values[$0]?.first }
        return parts.isEmpty ? nil : .string(parts.joined(separator: ","))
    }

    private var journey: JSONValue? {
        var object = ObjectBuilder()
        object.set("from", nested([("name", .journeyFromName), ("postcode", .journeyFromPostcode)]))
        object.set("to", nested([("name", .journeyToName), ("postcode", .journeyToPostcode)]))
        return object.isEmpty ? nil : object.value
    }

    private func nested(_ members: [(String, MappingTarget)]) -> JSONValue? {
        var object = ObjectBuilder()
        for (key, target) in members { object.set(key, text(target)) }
        return object.isEmpty ? nil : object.value
    }
}

private struct ObjectBuilder {
    private var members: [JSONMember] = []

    var isEmpty: Bool { members.isEmpty }
    var value: JSONValue { .object(members) }

    mutating func set(_ key: String, _ value: JSONValue?) {
        if let value { members.append(JSONMember(key: key, value: value)) }
    }
}
