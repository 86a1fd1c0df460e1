import Logging
import Postgres
import Safeguarding
import Store
import StoreTestSupport
import Synchronization
import TestSupport
import Testing

/// A database with a partnership in the made-up town of Marlowick, and the means to report into it and to score it.
///
/// Rows are put with the owner's rights, so that a test controls every moment; what is under test runs with the grants of
/// its own role.
struct Scene: Sendable {
    let fixture: StoreFixture
    let store: PostgresAssessmentStore
    let bell = Doorbell()

    static func with<R>(_ body: (Scene) async throws -> R) async throws -> R {
        try await StoreFixture.with { fixture in
            let scene = Scene(fixture)
            try await scene.activateTemplate()
            _ = try await fixture.owner.lend { connection in
                try await connection.query(
                    """
                    INSERT INTO placeguard.agency (code, name, kind, agreement, agreement_until, lawful_basis, areas)
                    VALUES ('licensing', 'Marlowick licensing', 'licensing', 'A1', '2035-01-01', 'public-task', '{}'),
                        ('cctv', 'Marlowick control room', 'cctv', 'A2', '2035-01-01', 'public-task', '{E05-1}'),
                        ('police', 'Marlowick police', 'police', 'A3', '2035-01-01', 'public-task', '{}')
                    """
                )
            }
            return try await body(scene)
        }
    }

    init(_ fixture: StoreFixture) {
        self.fixture = fixture
        store = PostgresAssessmentStore(
            fixture.assessor,
            notifier: PublicationNotifier(bell: bell, logger: fixture.logger)
        )
    }

    static let template = TemplateRecord(
        id: "marlowick",
        version: 1,
        source: "id: marlowick\nversion: 1\n",
        title: "Marlowick",
        notice: nil,
        marking: "OFFICIAL-SENSITIVE",
        codes: [
            .init(kind: .sign(severity: 4, isStructural: false), code: "shop-tick-debt", label: "Goods on credit"),
            .init(kind: .sign(severity: 4, isStructural: true), code: "hidden-back-room", label: "Hidden back room"),
            .init(kind: .sign(severity: 5, isStructural: false), code: "staff-inappropriate-contact", label: "Staff"),
            .init(kind: .category, code: "takeaway", label: "Takeaway"),
            .init(kind: .control, code: "staff-trained", label: "Staff trained"),
        ]
    )

    func activateTemplate() async throws {
        _ = try await TemplateRegistry(fixture.admin).activate(Self.template, by: "admin:test")
    }

    /// Scores by counting: what the score is does not matter here, what is stored of it does.
    @discardableResult
    func drain(
        _ priorities: ClosedRange<Int> = 0...3,
        limit: Int = 200,
        template: (id: String, version: Int) = (Scene.template.id, Scene.template.version),
        seeing: Seen? = nil,
        decide: (@Sendable ([DueWork], AssessmentContext) throws -> [Verdict])? = nil
    ) async throws -> DrainOutcome {
        try await store.drain(
            priorities,
            limit: limit,
            templateID: template.id,
            templateVersion: template.version
        ) { works, context in
            seeing?.add(works, context)
            return try decide?(works, context) ?? works.map { CountingDecider.decide($0, context) }
        }
    }

    /// Drains until nothing is due.
    func drainAll(
        decide: (@Sendable ([DueWork], AssessmentContext) throws -> [Verdict])? = nil
    ) async throws {
        while try await store.secondsUntilDue(0...3).map({ $0 <= 0 }) ?? false { try await drain(decide: decide) }
    }
}

/// What `decide` was asked, for a test to look at.
final class Seen: Sendable {
    private let state = Mutex<[(works: [DueWork], context: AssessmentContext)]>([])

    func add(_ works: [DueWork], _ context: AssessmentContext) {
        state.withLock { $0.append((works, context)) }
    }

    var calls: [(works: [DueWork], context: AssessmentContext)] { state.withLock { $0 } }
    var works: [DueWork] { calls.flatMap(\.works) }
    var locations: [LocationWork] {
        works.compactMap { if case .location(let work) = $0 { work } else { nil } }
    }
}

/// How a suite that needs a server says so.
let needsServer = ConditionTrait.enabled(
    if: PostgresServer.isAvailable,
    Comment(rawValue: PostgresServer.absenceMessage)
)
