/// A report that passed every check that needs no database, ready for commit.
package struct ValidatedReport: Sendable, Hashable {
    package var agency: String
    /// Who submitted it, for the audit: a code.
    package var actor: String
    package var reference: String
    /// SHA-256 over the canonical validated fields as sent (design.md "Content hash").
    package var contentHash: [UInt8]
    /// The canonical fields as JSON, without narrative and originator; corrections are merged into it.
    package var canonical: String
    package var observedFrom: Moment
    /// End of the observed interval, exclusive; the store bounds it by `received`.
    package var observedTo: Moment
    package var precision: TimePrecision?
    package var location: LocationReference
    package var role: LocationRole
    package var attribution: Attribution
    package var signs: [String]
    package var knowledge: Knowledge
    package var grade: Grade
    package var handling: HandlingCode
    package var handlingConditions: String?
    package var originator: OriginatorHash?
    /// Scheme of a shared originator value (`email`, `phone`, `warrant`, `badge`), nil for an agency's own.
    package var originatorScheme: String?
    package var compartment: Compartment
    package var lawfulBasis: LawfulBasis
    package var earlyHelp: EarlyHelpAgreement
    package var journeyFrom: LocationReference?
    package var journeyTo: LocationReference?
    /// The reporter's words, byte for byte.
    package var narrative: [UInt8]?
    package var happeningNow: Bool
    package var adultWorksWithChildren: Bool
    /// Claimed by the reporter; counts only where the agency is linked to the location.
    package var selfReport: Bool
    /// Import run of a back-file or CSV; nil for live reports.
    package var importRun: Int64?
    package var isBackFile: Bool
    /// Revision of a CSV row that may correct an earlier one.
    package var revision: Int?

    package init(
        agency: String,
        actor: String,
        reference: String,
        contentHash: [UInt8],
        canonical: String,
        observedFrom: Moment,
        observedTo: Moment,
        precision: TimePrecision?,
        location: LocationReference,
        role: LocationRole,
        attribution: Attribution,
        signs: [String],
        knowledge: Knowledge,
        grade: Grade,
        handling: HandlingCode,
        handlingConditions: String?,
        originator: OriginatorHash?,
        originatorScheme: String?,
        compartment: Compartment,
        lawfulBasis: LawfulBasis,
        earlyHelp: EarlyHelpAgreement,
        journeyFrom: LocationReference?,
        journeyTo: LocationReference?,
        narrative: [UInt8]?,
        happeningNow: Bool,
        adultWorksWithChildren: Bool,
        selfReport: Bool,
        importRun: Int64? = nil,
        isBackFile: Bool = false,
        revision: Int? = nil
    ) {
        self.agency = agency
        self.actor = actor
        self.reference = reference
        self.contentHash = contentHash
        self.canonical = canonical
        self.observedFrom = observedFrom
        self.observedTo = observedTo
        self.precision = precision
        self.location = location
        self.role = role
        self.attribution = attribution
        self.signs = signs
        self.knowledge = knowledge
        self.grade = grade
        self.handling = handling
        self.handlingConditions = handlingConditions
        self.originator = originator
        self.originatorScheme = originatorScheme
        self.compartment = compartment
        self.lawfulBasis = lawfulBasis
        self.earlyHelp = earlyHelp
        self.journeyFrom = journeyFrom
        self.journeyTo = journeyTo
        self.narrative = narrative
        self.happeningNow = happeningNow
        self.adultWorksWithChildren = adultWorksWithChildren
        self.selfReport = selfReport
        self.importRun = importRun
        self.isBackFile = isBackFile
        self.revision = revision
    }
}

/// The answer to a report, stored with it and returned unchanged whenever the same report comes again.
package struct Receipt: Sendable, Hashable {
    package var report: ReportID
    package var reference: String
    package var received: Moment
    package var location: ResolvedLocation?
    package var prompts: [PromptText]

    package init(
        report: ReportID,
        reference: String,
        received: Moment,
        location: ResolvedLocation?,
        prompts: [PromptText]
    ) {
        self.report = report
        self.reference = reference
        self.received = received
        self.location = location
        self.prompts = prompts
    }

    package var json: JSON {
        .object([
            ("report", .string(report.text)), ("reference", .string(reference)),
            ("received", .string(received.rfc3339)),
            (
                "location",
                location.map { location in
                    .object([
                        ("id", .string(location.id.text)), ("category", .string(location.category.rawValue)),
                        ("resolved", .string(location.manner.rawValue)),
                    ])
                } ?? .null
            ),
            (
                "prompts",
                .array(prompts.map { .object([("code", .string($0.code.rawValue)), ("text", .string($0.text))]) })
            ),
        ])
    }
}

/// What became of one report of a batch.
package enum CommitOutcome: Sendable, Hashable {
    /// Stored; the receipt's JSON text as stored.
    case created(receipt: String)
    /// The same content under the same reference: the receipt of the first time.
    case same(receipt: String)
    /// A changed row with a higher revision: stored as a correction of the report.
    case corrected(receipt: String)
    case refused([Fault])
}
