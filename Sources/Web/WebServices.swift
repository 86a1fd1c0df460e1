package import Briefings
package import Intake
package import Safeguarding

/// What the web server needs of the rest of the daemon.
package struct WebServices: Sendable {
    package var credentials: any CredentialStore
    package var intake: IntakeService
    package var reports: any ReportStore
    package var imports: any ImportRuns
    package var briefings: any BriefingSource
    package var explainer: any PlaceExplainer
    package var stewards: any StewardActions
    package var audit: any ReadAudit
    /// The template in force; asked for each request, since it may be changed while the daemon runs.
    package var template: @Sendable () -> ActiveTemplate
    /// The mapping file of an agency by its name; nil where there is none.
    package var mapping: @Sendable (_ name: String, _ agency: String) async throws -> Mapping?
    /// What else has to be well for the daemon to be ready.
    package var readiness: [ReadinessCheck]
    /// The wall clock: for defaults of a query and the end of agreements, never for what is stored.
    package var now: @Sendable () -> Moment

    package init(
        credentials: any CredentialStore,
        intake: IntakeService,
        reports: any ReportStore,
        imports: any ImportRuns,
        briefings: any BriefingSource,
        explainer: any PlaceExplainer,
        stewards: any StewardActions,
        audit: any ReadAudit,
        template: @escaping @Sendable () -> ActiveTemplate,
        mapping: @escaping @Sendable (_ name: String, _ agency: String) async throws -> Mapping?,
        readiness: [ReadinessCheck] = [],
        now: @escaping @Sendable () -> Moment
    ) {
        self.credentials = credentials
        self.intake = intake
        self.reports = reports
        self.imports = imports
        self.briefings = briefings
        self.explainer = explainer
        self.stewards = stewards
        self.audit = audit
        self.template = template
        self.mapping = mapping
        self.readiness = readiness
        self.now = now
    }
}

/// What the template in force gives the web server.
package struct ActiveTemplate: Sendable {
    package var validator: ReportValidator
    package var wording: TemplateWording

    package init(validator: ReportValidator, wording: TemplateWording) {
        self.validator = validator
        self.wording = wording
    }
}

/// A place with its assessment at a moment, in the reader's view.
package struct ExplainedPlace: Sendable {
    package var place: PlaceSummary
    /// Nil where nothing was known of the place then.
    package var assessment: Assessment?
    package var asOf: Moment
    /// What was known at a moment that was asked for; nil for the present.
    package var past: PastPlace?

    package init(place: PlaceSummary, assessment: Assessment?, asOf: Moment, past: PastPlace? = nil) {
        self.place = place
        self.assessment = assessment
        self.asOf = asOf
        self.past = past
    }
}

/// Computes the explained score of one place anew, now or as of a moment.
package protocol PlaceExplainer: Sendable {
    /// Nil where the place does not exist or the reader may not see it.
    /// - Parameter at: nil = now, by the database's clock.
    func explain(_ location: LocationID, at: Moment?, reader: Reader) async throws -> ExplainedPlace?
}

/// One thing that has to be well for the daemon to be ready.
package struct ReadinessCheck: Sendable {
    /// Stable name, shown as the reason where it fails.
    package var name: String
    package var isReady: @Sendable () async -> Bool

    package init(name: String, isReady: @escaping @Sendable () async -> Bool) {
        self.name = name
        self.isReady = isReady
    }
}
