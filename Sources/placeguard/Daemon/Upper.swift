import AlertFeed
import Assessor
import Intake
import Logging
import NIOCore
import Platform
import Postgres
import RiskAssessment
import Safeguarding
import ServiceLifecycle
import Store
import Web

/// The services over running pools: sealer, wake-ups, assessor, intake, feed, web, and the link to the service manager.
struct Upper: Service, CustomStringConvertible {
    /// Printed in logs: no setting is.
    var description: String { "Upper" }

    let settings: Settings
    let address: DatabaseAddress
    let pools: Pools
    let reactor: EpollReactor
    let manager: ServiceManager?
    let metrics: PrometheusMetrics
    let logger: Logger

    /// Rung in this process; other daemons are heard through NOTIFY.
    private struct Bells: Sendable {
        let due = Doorbell()
        let published = Doorbell()
        let credentials = Doorbell()
    }

    func run() async throws {
        let bells = Bells()
        let stores = Stores(
            pools,
            due: bells.due,
            published: bells.published,
            logDays: settings.limits.feedRetentionDays,
            logger: logger
        )
        let parts: Parts
        do {
            parts = try await cancelWhenGracefulShutdown { try await makeParts(stores, bells) }
        } catch is CancellationError {
            return
        }
        var configuration = ServiceGroupConfiguration(services: parts.services, logger: logger)
        configuration.maximumGracefulShutdownDuration = settings.limits.stop
        try await ServiceGroup(configuration: configuration).run()
    }

    private struct Parts: Sendable {
        var services: [ServiceGroupConfiguration.ServiceConfiguration]
    }

    /// Checks what must hold before anything listens, then makes the services in the order of their dependencies.
    private func makeParts(_ stores: Stores, _ bells: Bells) async throws -> Parts {
        for finding in try await EpochGuard(pools.admin).check() where finding.isNewEpoch {
            logger.warning(
                "new epoch: followers are told; what they had been sent behind the last position kept is lost",
                metadata: ["view": "\(finding.view.rawValue)", "kept": "\(finding.position.base)"]
            )
        }
        let key = try await originatorKey(stores)
        try await activateFirstTemplate(stores)
        let template = try await ActiveTemplate(
            stores.templates,
            settings: stores.settings,
            localLicensingAuthorities: settings.licensingAuthorities,
            logger: logger
        )
        let reports = RingingReportStore(store: stores.reports(under: template), due: bells.due)
        let intake = IntakeService(
            store: reports,
            prompts: { PromptRules(rules: template.current.rules) },
            waiting: settings.limits.intakeWaiting,
            logger: logger
        )
        let assessor = AssessorService(
            store: stores.assessments,
            templates: template,
            doorbell: bells.due,
            published: bells.published,
            logger: logger
        )
        let feedCredentials = PostgresCredentialStore(source: pools.feed)
        let webCredentials = PostgresCredentialStore(source: pools.intake, tellsLapsed: true)
        let feed = FeedServer(
            settings: feedSettings,
            log: stores.alerts,
            desk: stores.desk(under: template),
            mutes: stores.mutes { template.currentMarking },
            watch: stores.watch { template.currentMarking },
            credentials: feedCredentials,
            seen: SeenPositionsFile(stateDirectory: settings.stateDirectory, logger: logger),
            logChanged: bells.published,
            credentialsChanged: bells.credentials,
            logger: logger
        )
        let gate = Gate()
        let bound = BoundAddresses()
        let web = try WebServer(
            configuration: webConfiguration,
            services: WebWiring(settings: settings, stores: stores, template: template, key: key)
                .services(credentials: webCredentials, intake: intake, reports: reports),
            metrics: metrics,
            logger: logger
        ) { address in
            bound.setHTTP(address?.text ?? "")
            gate.open()
        }
        let announcement = Announcement(feed: feed, webIsBound: gate, bound: bound, logger: logger)
        let link = ServiceManagerLink(
            manager: manager,
            awaitReady: { try await announcement.awaitReady() },
            isAlive: { (try? await stores.settings.now()) != nil },
            logger: logger
        )
        return Parts(services: [
            .init(service: AuditSealer(source: pools.admin, logger: logger)),
            .init(
                service: LogRetention(source: pools.admin, days: settings.limits.feedRetentionDays, logger: logger)
            ),
            .init(
                service: WakeUps(
                    settings: ConnectionSettings(
                        address.connectionString(for: .feed),
                        applicationName: "placeguard listen"
                    ),
                    feed: bells.published,
                    due: bells.due,
                    credentials: bells.credentials,
                    readiness: reactor,
                    logger: logger
                )
            ),
            .init(service: CredentialForgetting(bell: bells.credentials, stores: [feedCredentials, webCredentials])),
            .init(service: template),
            .init(service: assessor),
            .init(service: intake),
            .init(service: feed),
            .init(service: web),
            .init(service: announcement),
            .init(service: link),
        ])
    }

    /// Reads the key of originators; makes one only on the first start of an embedded database.
    private func originatorKey(_ stores: Stores) async throws -> OriginatorKey {
        let isKnown = try await stores.settings.hasOriginatorKey()
        if case .embedded = settings.database, !isKnown, settings.originatorKeyIsStandard,
            try FileFacts.of(settings.originatorKeyFile) == nil
        {
            try OriginatorKeyFile.make(settings)
            logger.notice(
                "originator key made; it is part of the backup",
                metadata: ["file": "\(settings.originatorKeyFile)"]
            )
        }
        let key = try OriginatorKeyFile.read(settings)
        guard try await stores.settings.acceptsOriginatorKey(fingerprint: key.fingerprint) else {
            throw CommandFailure(
                "The originator key is not the one this database was used with. Restore the right key; with another, one "
                    + "person would count as two."
            )
        }
        return key
    }

    /// Puts the configured template, or the one in the binary, into force where none is.
    private func activateFirstTemplate(_ stores: Stores) async throws {
        guard try await stores.templates.activeVersion() == nil else { return }
        let (template, text): (Template, String) =
            if let file = settings.templateFile {
                try TemplateCommand.read(file)
            } else {
                (try ShippedTemplate.template(), ShippedTemplate.text)
            }
        _ = try await stores.templates.activate(TemplateRecord(template, source: text), by: "admin:placeguard")
        logger.notice("template in force", metadata: ["template": "\(template.id)", "version": "\(template.version)"])
    }

    private var feedSettings: FeedSettings {
        var limits = FeedLimits.standard
        limits.connections = settings.limits.feedConnections
        limits.connectionsPerUser = settings.limits.feedConnectionsPerPerson
        limits.connectionsPerAddress = settings.limits.feedConnectionsPerAddress
        limits.retentionDays = settings.limits.feedRetentionDays
        // Where the pool is large enough, connections are left for acknowledgements, the audit, commands and the poll.
        limits.pageReaders = max(1, min(limits.pageReaders, settings.databasePoolSize - 4))
        return FeedSettings(
            host: settings.feedListen.host,
            port: settings.feedListen.port,
            tls: settings.tls.map {
                FeedTLS(certificateFile: $0.certificate, keyFile: $0.key, clientAuthorityFile: $0.clientAuthorities)
            },
            serverName: "placeguard-" + Version.current,
            limits: limits
        )
    }

    private var webConfiguration: WebConfiguration {
        var limits = WebLimits()
        limits.connections = settings.limits.httpConnections
        limits.connectionsPerAddress = settings.limits.httpConnectionsPerAddress
        return WebConfiguration(
            host: settings.httpListen.host,
            port: settings.httpListen.port,
            tls: settings.tls.map {
                WebConfiguration.TLSFiles(
                    certificate: $0.certificate,
                    key: $0.key,
                    clientAuthority: $0.clientAuthorities
                )
            },
            limits: limits
        )
    }
}

/// What marks a database of exercises on everything that leaves it.
enum ExerciseMarking {
    static let marking = "EXERCISE - made-up data"
    static let notice = "Exercise: every place, report and agency here is made up."
}
