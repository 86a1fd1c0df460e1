import Assessor
import Logging
import RiskAssessment
import Safeguarding
import ServiceLifecycle
import Store
import Synchronization

/// The template in force, kept parsed, so that nobody parses YAML for a report.
///
/// Looks at the database every second and when it is asked to: an activation takes effect without a restart.
final class ActiveTemplate: Service, TemplateSource {
    /// The template with what intake derives from it, made once for each activation.
    struct InForce: Sendable {
        let template: Template
        let rules: IntakeRules
        let weights: [String: SignWeight]

        init(_ template: Template, _ localLicensingAuthorities: Set<String>) {
            self.template = template
            rules = IntakeRules(template, localLicensingAuthorities: localLicensingAuthorities)
            weights = template.signWeights
        }
    }

    /// How long another daemon's activation may go unnoticed; drains notice at once, since the store checks.
    static let interval = Duration.seconds(1)

    private let registry: TemplateRegistry
    private let settings: DatabaseSettings
    private let localLicensingAuthorities: Set<String>
    private let logger: Logger
    private let state: Mutex<InForce>
    private let exercise: Mutex<Bool>

    /// Reads the template in force.
    init(
        _ registry: TemplateRegistry,
        settings: DatabaseSettings,
        localLicensingAuthorities: Set<String>,
        logger: Logger
    ) async throws {
        self.localLicensingAuthorities = localLicensingAuthorities
        self.registry = registry
        self.settings = settings
        self.logger = logger
        exercise = Mutex(try await settings.isExercise())
        guard let active = try await registry.active() else {
            throw CommandFailure("No template is in force: placeguard template activate FILE")
        }
        state = Mutex(InForce(try Template(yaml: active.source), localLicensingAuthorities))
    }

    /// The template as last read.
    var current: InForce { state.withLock { $0 } }

    /// Whether this is a database of exercises; made one, it says so within the interval.
    var isExercise: Bool { exercise.withLock { $0 } }

    var marking: String? { isExercise ? ExerciseMarking.marking : nil }

    /// What stands on every event now.
    var currentMarking: String { marking ?? lastTemplate.marking }

    var lastTemplate: Template { current.template }

    func activeTemplate() async throws -> Template {
        let current = current.template
        guard let version = try await registry.activeVersion(), version != (current.id, current.version),
            let active = try await registry.active()
        else { return current }
        let template = try Template(yaml: active.source)
        let inForce = InForce(template, localLicensingAuthorities)
        state.withLock { $0 = inForce }
        logger.notice("template in force", metadata: ["template": "\(template.id)", "version": "\(template.version)"])
        return template
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                try await Task.sleep(for: Self.interval)
                _ = try? await self.activeTemplate()
                if let isExercise = try? await self.settings.isExercise() {
                    self.exercise.withLock { $0 = isExercise }
                }
            }
        }
    }
}
