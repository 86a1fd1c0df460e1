import Safeguarding

/// How far a report may be trusted and who may see it: knowledge, grade, handling, compartment, lawful basis.
struct Provenance {
    var knowledge: Knowledge
    var grade: Grade
    var handling: HandlingCode
    var conditions: String?
    var compartment: Compartment
    var lawfulBasis: LawfulBasis
    var earlyHelp: EarlyHelpAgreement

    /// Compartments that a report may name; `lado` follows from what it says.
    private static let named: [Compartment] = [.openPartner, .statutoryOnly, .policeIntel]

    /// How few may read it: a report may be filed narrower than its agency's own compartment, never wider.
    private static func narrowness(_ compartment: Compartment) -> Int {
        switch compartment {
        case .openPartner: 0
        case .statutoryOnly: 1
        case .policeIntel: 2
        case .lado: 3
        }
    }

    static func read(
        _ fields: FieldReader,
        principal: Principal,
        rules: IntakeRules,
        canonical: inout CanonicalForm,
        faults: inout FaultList
    ) -> Provenance? {
        let knowledge = knowledge(fields, &canonical, &faults)
        let graded = grade(fields, principal, &canonical, &faults)
        let handling = handling(fields, graded: graded?.handling, &canonical, &faults)
        let compartment = compartment(fields, principal, &canonical, &faults)
        let basis = lawfulBasis(fields, principal, &canonical, &faults)
        let earlyHelp: EarlyHelpAgreement? = fields.choice(
            "earlyHelpAgreement",
            reason: .badEarlyHelpAgreement,
            faults: &faults
        )
        canonical.set("earlyHelpAgreement", earlyHelp.map { .string($0.rawValue) })
        guard let knowledge else { return nil }
        return Provenance(
            knowledge: knowledge,
            grade: graded?.grade ?? rules.defaultGrade(of: principal.agencyKind, knowing: knowledge),
            handling: handling.code,
            conditions: handling.conditions,
            compartment: compartment,
            lawfulBasis: basis,
            earlyHelp: earlyHelp ?? .notAsked
        )
    }

    private static func knowledge(
        _ fields: FieldReader,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> Knowledge? {
        guard fields.has("knowledge") else {
            fields.missing("knowledge", accepted: FieldReader.list(Knowledge.self), &faults)
            return nil
        }
        let knowledge: Knowledge? = fields.choice("knowledge", reason: .badKnowledge, faults: &faults)
        canonical.set("knowledge", knowledge.map { .string($0.rawValue) })
        return knowledge
    }

    // MARK: Grade and handling

    private static func grade(
        _ fields: FieldReader,
        _ principal: Principal,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> (grade: Grade, handling: HandlingCode)? {
        guard let text = fields.text("grade", longest: 16, reason: .badGrade, faults: &faults) else { return nil }
        guard text.utf8.count == 3, let grade = Grade(text.dropLast()),
            let handling = HandlingCode(rawValue: String(text.suffix(1)))
        else {
            faults.add(.badGrade, at: "grade", "is no 3x5x2 grade", accepted: "1-3, A-E, P or C, such as 2BP")
            return nil
        }
        guard principal.canGrade else {
            faults.add(
                .gradingNotAllowed,
                at: "grade",
                "this agency does not grade: it says how it knows",
                accepted: "knowledge alone"
            )
            return nil
        }
        canonical.set("grade", .string(text))
        return (grade, handling)
    }

    private static func handling(
        _ fields: FieldReader,
        graded: HandlingCode?,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> (code: HandlingCode, conditions: String?) {
        let accepted = "{\"code\": \"P\"} or {\"code\": \"C\", \"conditions\": text}"
        guard let value = fields.value("handling") else {
            if graded == .conditions { conditionsMissing(&faults) }
            return (graded ?? .permitted, nil)
        }
        guard let inner = FieldReader(path: "handling", value: value, accepted: accepted, faults: &faults) else {
            return (.permitted, nil)
        }
        inner.refuseUnknown(among: ["code", "conditions"], faults: &faults)
        let stated: HandlingCode? = inner.choice("code", reason: .badHandling, faults: &faults)
        let conditions = inner.text(
            "conditions",
            longest: ReportLimits.conditionsScalars,
            reason: .conditionsRequired,
            allowingLines: true,
            faults: &faults
        )
        if !inner.has("code"), graded == nil { inner.missing("code", accepted: accepted, &faults) }
        if let stated, let graded, stated != graded {
            faults.add(.badHandling, at: "handling.code", "is another code than the grade's", accepted: graded.rawValue)
        }
        let code = stated ?? graded ?? .permitted
        if code == .conditions, !inner.has("conditions") { conditionsMissing(&faults) }
        if code == .permitted, conditions != nil, inner.has("code") || graded != nil {
            faults.add(.badHandling, at: "handling.conditions", "conditions need code C", accepted: accepted)
        }
        let members = [
            stated.map { (key: "code", value: JSON.string($0.rawValue)) },
            conditions.map { (key: "conditions", value: JSON.string($0)) },
        ]
        canonical.set("handling", .object(members.compactMap { $0 }))
        return (code, conditions)
    }

    private static func conditionsMissing(_ faults: inout FaultList) {
        faults.add(
            .conditionsRequired,
            at: "handling.conditions",
            "code C means that there are conditions",
            accepted: "the conditions in words"
        )
    }

    // MARK: Compartment and basis

    private static func compartment(
        _ fields: FieldReader,
        _ principal: Principal,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> Compartment {
        let own = principal.agencyKind.defaultCompartment
        let allowed = named.filter { narrowness($0) >= narrowness(own) }.map(\.rawValue).joined(separator: ", ")
        guard let value = fields.value("compartment") else { return own }
        guard case .string(let text) = value else {
            fields.wrongType("compartment", value, "a string", &faults)
            return own
        }
        guard let compartment = Compartment(rawValue: text), named.contains(compartment) else {
            faults.add(.badCompartment, at: "compartment", "is no compartment that a report names", accepted: allowed)
            return own
        }
        guard narrowness(compartment) >= narrowness(own) else {
            faults.add(.compartmentTooWide, at: "compartment", "is wider than the agency's own", accepted: allowed)
            return own
        }
        canonical.set("compartment", .string(compartment.rawValue))
        return compartment
    }

    private static func lawfulBasis(
        _ fields: FieldReader,
        _ principal: Principal,
        _ canonical: inout CanonicalForm,
        _ faults: inout FaultList
    ) -> LawfulBasis {
        if case .string("consent")? = fields.value("lawfulBasis") {
            faults.add(
                .consentIsNoBasis,
                at: "lawfulBasis",
                "safeguarding does not rest on consent: it can be withdrawn, and protecting a child cannot; agreement to "
                    + "early help is earlyHelpAgreement",
                accepted: FieldReader.list(LawfulBasis.self)
            )
            return principal.lawfulBasis
        }
        let basis: LawfulBasis? = fields.choice("lawfulBasis", reason: .badLawfulBasis, faults: &faults)
        canonical.set("lawfulBasis", basis.map { .string($0.rawValue) })
        return basis ?? principal.lawfulBasis
    }
}
