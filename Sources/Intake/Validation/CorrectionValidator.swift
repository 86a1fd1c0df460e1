package import Safeguarding

/// What a correction asks for.
package enum Correction: Sendable, Hashable {
    /// The whole report as it shall read from now on.
    case changed(ValidatedReport)
    case withdrawn(reason: String)
}

extension ReportValidator {
    /// Merges changed fields into the latest form of a report and validates the whole again.
    ///
    /// `null` takes a field back; the reference stays. Fields that the form was given by default are defaulted anew.
    /// `{"withdrawn":true,"reason":TEXT}` withdraws.
    package func correction(
        _ body: [UInt8],
        to form: ReportForm,
        from principal: Principal
    ) throws(InvalidReport) -> Correction {
        guard !form.isWithdrawn else {
            throw InvalidReport(.alreadyWithdrawn, message: "was withdrawn and stays so")
        }
        var faults = FaultList()
        let value = try ReportBody.read(body, faults: &faults)
        guard let changes = value.members else {
            throw InvalidReport(
                .wrongType,
                message: "\(value.kind.rawValue) instead of an object",
                accepted: "the changed fields"
            )
        }
        guard !changes.isEmpty else {
            throw InvalidReport(.missingField, message: "names no change", accepted: "the changed fields")
        }
        if value["withdrawn"] != nil { return .withdrawn(reason: try withdrawal(changes, faults: faults)) }
        return .changed(try merged(changes, into: form, from: principal, faults: faults))
    }

    private func withdrawal(_ members: [JSONMember], faults found: FaultList) throws(InvalidReport) -> String {
        var faults = found
        let fields = FieldReader(members: members)
        fields.refuseUnknown(among: ["withdrawn", "reason"], faults: &faults)
        if fields.boolean("withdrawn", faults: &faults) == false {
            faults.add(.outOfRange, at: "withdrawn", "a report cannot be put back", accepted: "true")
        }
        if !fields.has("reason") { fields.missing("reason", accepted: "why, in a sentence", &faults) }
        let reason = fields.text(
            "reason",
            longest: ReportLimits.conditionsScalars,
            reason: .missingField,
            allowingLines: true,
            faults: &faults
        )
        guard faults.isEmpty, let reason else { throw InvalidReport(faults: faults.faults) }
        return reason
    }

    private func merged(
        _ changes: [JSONMember],
        into form: ReportForm,
        from principal: Principal,
        faults found: FaultList
    ) throws(InvalidReport) -> ValidatedReport {
        let stored: JSONValue
        do { stored = try JSONReader.read(bytes: Array(form.canonical.utf8)) } catch {
            throw InvalidReport(.internalError, message: "the stored form cannot be read")
        }
        var faults = found
        var members = stored.members ?? []
        var carried = Carried(
            narrative: form.narrative,
            originator: form.originator,
            originatorScheme: form.originatorScheme,
            signs: Set((stored["signs"]?.array ?? []).compactMap(\.string))
        )
        for change in changes {
            switch change.key {
            case "reference":
                guard change.value != stored["reference"] else { continue }
                faults.add(.badReference, at: "reference", "cannot be corrected", accepted: "leave it out")
                continue
            case "narrative": carried.narrative = nil
            case "originator": (carried.originator, carried.originatorScheme) = (nil, nil)
            // The stored form has it inside `observed`; a change of `observed` brings its own.
            case "precision" where !changes.contains { $0.key == "observed" }:
                faults.add(.missingField, at: "observed", "is required with precision", accepted: "observed.precision")
                continue
            default: break
            }
            members.removeAll { $0.key == change.key }
            if !change.value.isNull { members.append(change) }
        }
        return try validate(.object(members), from: principal, carried: carried, faults: faults)
    }
}
