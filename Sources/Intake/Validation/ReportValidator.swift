package import Safeguarding

/// Turns what a partner sent into a report that can be stored, or into every fault it has (interfaces.md "Reports").
///
/// Pure: no clock, no database. What depends on `received` (times in the future) or on the register (where a place is) is
/// the store's. Takes 10-20 microseconds for a usual report; the caller bounds the bytes it reads from a socket.
package struct ReportValidator: Sendable {
    package let rules: IntakeRules
    let key: OriginatorKey

    package init(rules: IntakeRules, key: OriginatorKey) {
        self.rules = rules
        self.key = key
    }

    /// Every field of a report; anything else is refused.
    static let fields = [
        "reference", "observed", "precision", "location", "role", "attribution", "signs", "knowledge", "grade",
        "originator",
        "compartment", "handling", "lawfulBasis", "earlyHelpAgreement", "journey", "narrative", "happeningNow",
        "adultWorksWithChildren", "selfReport",
    ]

    /// Validates one JSON object.
    package func validate(_ body: [UInt8], from principal: Principal) throws(InvalidReport) -> ValidatedReport {
        var faults = FaultList()
        let value = try ReportBody.read(body, faults: &faults)
        return try validate(value, from: principal, faults: faults)
    }

    /// Validates an object that is already read, as a mapping makes it of a row.
    package func validate(_ value: JSONValue, from principal: Principal) throws(InvalidReport) -> ValidatedReport {
        try validate(value, from: principal, faults: FaultList())
    }

    /// What a corrected report keeps that its canonical form does not hold.
    struct Carried {
        var narrative: [UInt8]?
        var originator: OriginatorHash?
        var originatorScheme: String?
        /// Signs of the form that is corrected: they stay valid under a later template.
        var signs: Set<String> = []
    }

    func validate(
        _ value: JSONValue,
        from principal: Principal,
        carried: Carried = Carried(),
        faults found: FaultList
    ) throws(InvalidReport) -> ValidatedReport {
        var faults = found
        guard let fields = FieldReader(path: "", value: value, accepted: "one JSON object", faults: &faults) else {
            throw InvalidReport(faults: faults.faults)
        }
        fields.refuseUnknown(among: ReportValidator.fields, faults: &faults)
        var canonical = CanonicalForm()
        let reference = reference(fields, &canonical, &faults)
        let observed = ObservedInterval.read(fields, faults: &faults)
        canonical.set("observed", observed?.canonical)
        let location = location(fields, &canonical, &faults)
        let role: LocationRole? = fields.choice("role", reason: .badRole, faults: &faults)
        canonical.set("role", role.map { .string($0.rawValue) })
        let attribution = attribution(fields, at: location, &canonical, &faults)
        let signs = SignList.read(fields, rules: rules, alsoKnown: carried.signs, faults: &faults)
        canonical.set("signs", signs.map { .strings($0) })
        let provenance = Provenance.read(
            fields,
            principal: principal,
            rules: rules,
            canonical: &canonical,
            faults: &faults
        )
        let journey = journey(fields, &canonical, &faults)
        let flags = Flags.read(fields, &canonical, &faults)
        let originator = originator(fields, principal, carried, &faults)
        let narrative = Narrative.read(fields, faults: &faults) ?? carried.narrative

        guard faults.isEmpty, let reference, let observed, let location, let signs, let provenance else {
            throw InvalidReport(faults: faults.faults)
        }
        let text = canonical.json.text
        return ValidatedReport(
            agency: principal.agency,
            actor: principal.actor,
            reference: reference,
            contentHash: CanonicalForm.contentHash(of: text, originator: originator.hash, narrative: narrative),
            canonical: text,
            observedFrom: observed.from,
            observedTo: observed.to,
            precision: observed.precision,
            location: location,
            role: role ?? .linkedOnly,
            attribution: attribution ?? .nearby,
            signs: signs,
            knowledge: provenance.knowledge,
            grade: provenance.grade,
            handling: provenance.handling,
            handlingConditions: provenance.conditions,
            originator: originator.hash,
            originatorScheme: originator.scheme,
            compartment: provenance.compartment,
            lawfulBasis: provenance.lawfulBasis,
            earlyHelp: provenance.earlyHelp,
            journeyFrom: journey?.from,
            journeyTo: journey?.to,
            narrative: narrative,
            happeningNow: flags.happeningNow,
            adultWorksWithChildren: flags.adultWorksWithChildren,
            selfReport: flags.selfReport
        )
    }

    // MARK: Fields

    private func reference(
        _ fields: FieldReader,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> String? {
        let accepted = "1-64 of A-Z a-z 0-9 . _ : / -"
        guard let value = fields.value("reference") else {
            fields.missing("reference", accepted: accepted, &faults)
            return nil
        }
        guard case .string(let text) = value else {
            fields.wrongType("reference", value, "a string", &faults)
            return nil
        }
        guard (1...ReportLimits.referenceCharacters).contains(text.utf8.count),
            text.utf8.allSatisfy(ReportValidator.isReferenceCharacter)
        else {
            faults.add(.badReference, at: "reference", "is no reference", accepted: accepted)
            return nil
        }
        canonical.set("reference", .string(text))
        return text
    }

    private static func isReferenceCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        // A-Z, a-z, and `. / 0-9 :` which stand side by side.
        case 65...90, 97...122, 46...58, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private func location(
        _ fields: FieldReader,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> LocationReference? {
        guard let read = LocationReader.read("location", of: fields, faults: &faults) else { return nil }
        canonical.set("location", read.canonical)
        return read.location
    }

    private func attribution(
        _ fields: FieldReader,
        at location: LocationReference?,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> Attribution? {
        if !fields.has("attribution"), let location, location.requiresAttribution {
            faults.add(
                .attributionRequired,
                at: "attribution",
                "is required where premises or a vehicle are named",
                accepted: FieldReader.list(Attribution.self)
            )
        }
        let attribution: Attribution? = fields.choice("attribution", reason: .badAttribution, faults: &faults)
        canonical.set("attribution", attribution.map { .string($0.rawValue) })
        return attribution
    }

    private func journey(
        _ fields: FieldReader,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> (from: LocationReference, to: LocationReference)? {
        guard let value = fields.value("journey") else { return nil }
        let accepted = "{\"from\": location, \"to\": location}"
        guard let inner = FieldReader(path: "journey", value: value, accepted: accepted, faults: &faults) else {
            return nil
        }
        inner.refuseUnknown(among: ["from", "to"], faults: &faults)
        for end in ["from", "to"] where !inner.has(end) {
            faults.add(.badJourney, at: inner.path(end), "a journey has two ends", accepted: accepted)
        }
        guard let from = LocationReader.read("from", of: inner, faults: &faults),
            let to = LocationReader.read("to", of: inner, faults: &faults)
        else { return nil }
        canonical.set("journey", .object([("from", from.canonical ?? .null), ("to", to.canonical ?? .null)]))
        return (from.location, to.location)
    }

    private func originator(
        _ fields: FieldReader,
        _ principal: Principal,
        _ carried: Carried,
        _ faults: inout FaultList
    ) -> (hash: OriginatorHash?, scheme: String?) {
        guard fields.has("originator") else { return (carried.originator, carried.originatorScheme) }
        guard
            let text = fields.text(
                "originator",
                longest: ReportLimits.originatorScalars,
                reason: .badOriginator,
                faults: &faults
            )
        else { return (nil, nil) }
        do {
            let value = try OriginatorValue.read(text, from: principal)
            return (key.hash(of: value.message), value.scheme)
        } catch {
            faults.add(.badOriginator, at: "originator", error.message, accepted: error.accepted)
            return (nil, nil)
        }
    }
}

/// The yes-or-no fields.
private struct Flags {
    var happeningNow = false
    var adultWorksWithChildren = false
    var selfReport = false

    static func read(_ fields: FieldReader, _ canonical: inout CanonicalForm, _ faults: inout FaultList) -> Flags {
        var flags = Flags()
        let names: [(String, WritableKeyPath<Flags, Bool>)] = [
            ("happeningNow", \.happeningNow), ("adultWorksWithChildren", \.adultWorksWithChildren),
            ("selfReport", \.selfReport),
        ]
        for (name, flag) in names {
            guard let value = fields.boolean(name, faults: &faults) else { continue }
            canonical.set(name, .bool(value))
            flags[keyPath: flag] = value
        }
        return flags
    }
}
