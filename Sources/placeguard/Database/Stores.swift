import Logging
import RiskAssessment
import Safeguarding
import Store

/// Everything the store offers, each with the connections of the role it needs.
struct Stores: Sendable {
    let agencies: AgencyDirectory
    let people: PersonDirectory
    let tokens: TokenRegistry
    let register: PostgresLocationRegister
    let importRuns: PostgresImportRuns
    let assessments: PostgresAssessmentStore
    let alerts: PostgresAlertLog
    let briefings: PostgresBriefingSource
    let steward: Stewardship
    let templates: TemplateRegistry
    let calendar: PartnershipCalendar
    let chains: ChainRegistry
    let standing: StandingSubscriptions
    let figures: AlertFigureReader
    let audit: AuditLog
    let settings: DatabaseSettings
    let epochs: EpochGuard
    private let pools: Pools
    private let notifier: PublicationNotifier

    /// - Parameters:
    ///   - due: rung when due rows were put by hand.
    ///   - published: rung when events were written to the log.
    ///   - logDays: how long the alert log is kept.
    init(
        _ pools: Pools,
        due: Doorbell = Doorbell(),
        published: Doorbell = Doorbell(),
        logDays: Int = 90,
        logger: Logger
    ) {
        self.pools = pools
        let notice = DueNotice(bell: due, logger: logger)
        agencies = AgencyDirectory(source: pools.admin)
        people = PersonDirectory(source: pools.admin)
        tokens = TokenRegistry(source: pools.admin)
        register = PostgresLocationRegister(source: pools.admin)
        importRuns = PostgresImportRuns(source: pools.admin)
        notifier = PublicationNotifier(bell: published, logger: logger)
        assessments = PostgresAssessmentStore(
            pools.assessor,
            notifier: notifier
        )
        alerts = PostgresAlertLog(pools.feed, keptDays: logDays)
        briefings = PostgresBriefingSource(
            pools.briefing,
            facts: PostgresBriefingSource.Facts(partnership: pools.partnership, isSingleRole: pools.isSingleRole)
        )
        let templates = TemplateRegistry(pools.admin)
        self.templates = templates
        steward = Stewardship(
            desk: StewardDesk(pools.admin, notice: notice),
            settlement: {
                guard let active = try await templates.active() else {
                    throw CommandFailure("No template is in force: placeguard template activate FILE")
                }
                let weights = try Template(yaml: active.source).signWeights
                return ReportSettlement(source: pools.admin) { weights }
            },
            due: due
        )
        chains = ChainRegistry(pools.admin)
        standing = StandingSubscriptions(source: pools.admin)
        figures = AlertFigureReader(alerts: pools.assessor, audit: pools.admin)
        calendar = PartnershipCalendar(pools.admin, notice: notice)
        audit = AuditLog(source: pools.admin)
        settings = DatabaseSettings(source: pools.admin)
        epochs = EpochGuard(pools.admin)
    }

    /// The report store under a template's signs.
    func reports(for template: Template) -> ReportRepository {
        ReportRepository(source: pools.intake, activeSigns: template.signWeights)
    }

    /// The report store under whatever template is in force when a batch is stored.
    func reports(under templates: ActiveTemplate) -> ReportRepository {
        ReportRepository(source: pools.intake) { templates.current.weights }
    }

    /// Where coordinators act on alerts, by the rules of whatever template is in force.
    func desk(under templates: ActiveTemplate) -> PostgresAlertDesk {
        PostgresAlertDesk(readers: pools.feed, writers: pools.assessor, notifier: notifier) {
            alert,
            act,
            subject,
            context in
            try templates.lastTemplate.care(of: alert, after: act, by: subject, in: context)
        }
    }

    /// Readers' mutes.
    func mutes(marking: @escaping @Sendable () -> String) -> PostgresMuteDesk {
        PostgresMuteDesk(readers: pools.feed, writers: pools.assessor, notifier: notifier, marking: marking)
    }

    /// Exercises and ended watches.
    func watch(marking: @escaping @Sendable () -> String) -> PostgresReaderWatch {
        PostgresReaderWatch(writers: pools.assessor, notifier: notifier, marking: marking)
    }

    /// The template in force, parsed.
    func activeTemplate() async throws -> Template {
        guard let active = try await templates.active() else {
            throw CommandFailure("No template is in force: placeguard template activate FILE")
        }
        return try Template(yaml: active.source)
    }
}

extension TemplateRecord {
    /// A template as the registry keeps it.
    init(_ template: Template, source: String) {
        let signs = template.signs.map { sign in
            Code(
                kind: .sign(severity: sign.severity, isStructural: sign.isStructural),
                code: sign.code,
                label: sign.label
            )
        }
        let categories = template.categories.map {
            Code(kind: .category, code: $0.category.rawValue, label: $0.label)
        }
        let controls = template.controls.catalogue.map { Code(kind: .control, code: $0.code, label: $0.label) }
        self.init(
            id: template.id,
            version: template.version,
            source: source,
            title: template.title,
            notice: template.notice,
            marking: template.marking,
            codes: signs + categories + controls
        )
    }
}

extension CommandRuntime {
    /// Runs the body with the stores of a database whose schema is this program's.
    func withStores<Result: Sendable>(
        _ body: @Sendable @escaping (Stores) async throws -> Result
    ) async throws -> Result {
        let logger = logger
        return try await withPools { pools in try await body(Stores(pools, logger: logger)) }
    }
}
