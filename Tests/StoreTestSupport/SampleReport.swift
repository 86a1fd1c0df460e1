package import Safeguarding

/// Signs as a template would weigh them, for tests that store reports.
package enum SampleSigns {
    package static let grave = "grave-sign"
    package static let lado = "staff-inappropriate-contact"
    package static let common = "common-sign"
    package static let other = "other-sign"

    package static let weights: [String: SignWeight] = [
        grave: SignWeight(severity: 5), lado: SignWeight(severity: 5, isLADO: true), common: SignWeight(severity: 3),
        other: SignWeight(severity: 2),
    ]
}

/// Makes validated reports about Marlowick, a town that does not exist.
package enum SampleReport {
    /// A quarter of an hour before this suite was written; long past by any server's clock.
    package static let observed = Moment(seconds: 1_760_000_000)

    /// The market place of Marlowick.
    package static let marketPlace = LocationReference.Form.point(longitude: -4_100_000, latitude: 518_800_000)

    /// A report in which only what a test is about has to be said.
    package static func make(
        _ reference: String,
        agency: String = SamplePartners.licensing,
        actor: String? = nil,
        observedFrom: Moment = observed,
        observedTo: Moment? = nil,
        at location: LocationReference.Form = marketPlace,
        category: LocationCategory? = nil,
        name: String? = nil,
        accuracyMetres: Int? = nil,
        attribution: Attribution = .nearby,
        signs: [String] = [SampleSigns.common],
        grade: Grade = Grade(source: .reliable, information: .b),
        originator: OriginatorHash? = nil,
        originatorScheme: String? = nil,
        compartment: Compartment = .openPartner,
        journeyFrom: LocationReference.Form? = nil,
        journeyTo: LocationReference.Form? = nil,
        narrative: [UInt8]? = nil,
        happeningNow: Bool = false,
        adultWorksWithChildren: Bool = false,
        selfReport: Bool = false,
        importRun: Int64? = nil,
        isBackFile: Bool = false,
        revision: Int? = nil
    ) -> ValidatedReport {
        let place = LocationReference(form: location, category: category, name: name, accuracyMetres: accuracyMetres)
        let canonical = JSON.object([
            ("attribution", .string(attribution.rawValue)), ("grade", .string(grade.text)),
            ("happeningNow", .bool(happeningNow)), ("location", .string("\(place)")),
            ("observed", .strings([observedFrom.rfc3339, (observedTo ?? observedFrom).rfc3339])),
            ("signs", .strings(signs)),
        ]).text
        return ValidatedReport(
            agency: agency,
            actor: actor ?? "agency:" + agency,
            reference: reference,
            contentHash: hash(canonical, narrative ?? []),
            canonical: canonical,
            observedFrom: observedFrom,
            observedTo: observedTo ?? observedFrom,
            precision: nil,
            location: place,
            role: .linkedOnly,
            attribution: attribution,
            signs: signs,
            knowledge: .seen,
            grade: grade,
            handling: .permitted,
            handlingConditions: nil,
            originator: originator,
            originatorScheme: originatorScheme,
            compartment: compartment,
            lawfulBasis: .publicTask,
            earlyHelp: .notAsked,
            journeyFrom: journeyFrom.map { LocationReference(form: $0) },
            journeyTo: journeyTo.map { LocationReference(form: $0) },
            narrative: narrative,
            happeningNow: happeningNow,
            adultWorksWithChildren: adultWorksWithChildren,
            selfReport: selfReport,
            importRun: importRun,
            isBackFile: isBackFile,
            revision: revision
        )
    }

    /// A point so many metres north of the market place.
    package static func metresNorth(_ metres: Double) -> LocationReference.Form {
        // One degree of latitude at 51.88 north is 111 255 metres (WGS84 meridian).
        .point(longitude: -4_100_000, latitude: 518_800_000 + Int64((metres / 111_255 * 1e7).rounded()))
    }

    /// No prompts.
    package static let noPrompts: @Sendable (ValidatedReport, ResolvedLocation?) -> [PromptText] = { _, _ in [] }

    /// Four rounds of FNV-1a: 32 bytes that differ where the content does.
    private static func hash(_ canonical: String, _ narrative: [UInt8]) -> [UInt8] {
        (UInt64(0)..<4).flatMap { round in
            var hash = 0xcbf2_9ce4_8422_2325 &+ round
            for byte in Array(canonical.utf8) + [0] + narrative { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            return (0..<8).map { UInt8(truncatingIfNeeded: hash >> UInt64(8 * $0)) }
        }
    }
}

extension CommitOutcome {
    /// The receipt, whether the report was new or not.
    package var receipt: String? {
        switch self {
        case .created(let receipt), .same(let receipt), .corrected(let receipt): receipt
        case .refused: nil
        }
    }

    /// The first reason of a refusal.
    package var reason: RefusalReason? {
        if case .refused(let faults) = self { faults.first?.reason } else { nil }
    }

    package var isCreated: Bool { if case .created = self { true } else { false } }
    package var isSame: Bool { if case .same = self { true } else { false } }
    package var isCorrected: Bool { if case .corrected = self { true } else { false } }

    /// A field of the receipt.
    private func field(_ path: String...) -> String? {
        guard let receipt, var value = try? JSONReader.read(bytes: Array(receipt.utf8)) else { return nil }
        for key in path {
            guard let inner = value[key] else { return nil }
            value = inner
        }
        return value.string
    }

    /// What the receipt says.
    package var report: ReportID? { field("report").flatMap { ReportID($0) } }
    package var location: LocationID? { field("location", "id").flatMap { LocationID($0) } }
    package var manner: String? { field("location", "resolved") }
    package var received: Moment? { field("received").flatMap { Moment(rfc3339: $0) } }
}

extension SampleReport {
    /// A made-up takeaway at the market place.
    package static let grill = RegisteredLocation(
        register: "fhrs:1",
        category: .takeaway,
        name: "Marlowick Grill",
        address: "1 High Street, Marlowick",
        postcode: "ZZ1 1AA",
        longitude: -0.41,
        latitude: 51.88,
        uprn: "100"
    )
}

extension CorrectionOutcome {
    /// The first reason of a refusal.
    package var reason: RefusalReason? {
        if case .refused(let faults) = self { faults.first?.reason } else { nil }
    }
}
