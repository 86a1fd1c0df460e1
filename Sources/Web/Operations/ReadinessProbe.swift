import Safeguarding
import Synchronization

/// Whether the daemon can take and give, and if not, why.
struct ReadinessReport: Sendable {
    /// Why not, as stable names; empty = ready.
    var reasons: [String]
    /// What is well enough for now and should be looked at.
    var warnings: [String]
    /// Nil where the database did not answer.
    var facts: Readiness?

    var isReady: Bool { reasons.isEmpty }

    var json: JSON {
        .object([
            ("ready", .bool(isReady)), ("reasons", .strings(reasons)), ("warnings", .strings(warnings)),
            ("schemaVersion", facts.map { .int($0.schemaVersion) } ?? .null),
            ("oldestDueSeconds", facts.map { .integer($0.oldestDueSeconds) } ?? .null),
            ("unsealedAudit", facts.map { .int($0.unsealedAudit) } ?? .null),
            ("singleRole", facts.map { .bool($0.singleRole) } ?? .null),
            ("synchronousCommit", facts.map { .bool($0.synchronousCommit) } ?? .null),
        ])
    }
}

/// Looks at most once a second, however often it is asked: readiness is open to anybody.
final class ReadinessProbe: Sendable {
    /// Work that waits longer than this is behind.
    private static let dueSeconds: Int64 = 60
    /// The sealer runs each second; more rows than a busy minute's are unusual.
    private static let unsealed = 10_000
    /// A transaction that is open for longer holds back vacuum.
    private static let transactionSeconds: Int64 = 600
    /// Somebody listens and does not read; a queue that is full is hours away.
    private static let queueUse = 0.5
    /// Vacuum is behind by more than a busy day's rows.
    private static let deadRows: Int64 = 1_000_000
    private static let freshness = Duration.seconds(1)
    /// A database that takes longer to say how it is, is not ready.
    private static let patience = Duration.seconds(3)

    private let services: WebServices
    private let gate: DrainGate
    private let last = Mutex<(report: ReadinessReport, at: ContinuousClock.Instant)?>(nil)

    init(services: WebServices, gate: DrainGate) {
        self.services = services
        self.gate = gate
    }

    func report() async -> ReadinessReport {
        let now = ContinuousClock.now
        let known = last.withLock { last in last.flatMap { now - $0.at < ReadinessProbe.freshness ? $0.report : nil } }
        var report: ReadinessReport
        if let known {
            report = known
        } else {
            report = await look()
            last.withLock { [report] in $0 = (report, now) }
        }
        if gate.isDraining { report.reasons.append(RefusalReason.draining.rawValue) }
        return report
    }

    private func look() async -> ReadinessReport {
        var report = ReadinessReport(reasons: [], warnings: [], facts: nil)
        let briefings = services.briefings
        if let facts = try? await Deadline.run(ReadinessProbe.patience, { try await briefings.readiness() }) {
            report.facts = facts
            // Without it a receipt would not mean that the report is on disk.
            if !facts.synchronousCommit { report.reasons.append("asynchronous-commit") }
            if facts.oldestDueSeconds > ReadinessProbe.dueSeconds { report.warnings.append("assessments-behind") }
            if facts.unsealedAudit > ReadinessProbe.unsealed { report.warnings.append("audit-unsealed") }
            if facts.singleRole { report.warnings.append("single-database-role") }
            if facts.oldestTransactionSeconds > ReadinessProbe.transactionSeconds {
                report.warnings.append("long-transaction")
            }
            if facts.hasAsynchronousStandby { report.warnings.append("asynchronous-standby") }
            if facts.notificationQueueUse > ReadinessProbe.queueUse { report.warnings.append("notification-queue") }
            if facts.deadRows > ReadinessProbe.deadRows { report.warnings.append("dead-rows") }
        } else {
            report.reasons.append(RefusalReason.databaseUnavailable.rawValue)
        }
        for check in services.readiness where !(await check.isReady()) { report.reasons.append(check.name) }
        return report
    }
}
