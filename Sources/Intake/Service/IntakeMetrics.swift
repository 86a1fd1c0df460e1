import Metrics
import Safeguarding

/// What intake counts: outcomes and refusals by their stable names, batches and the queue. Never by agency or place.
struct IntakeMetrics: Sendable {
    private let created = Counter(label: "placeguard_reports_total", dimensions: [("outcome", "created")])
    private let same = Counter(label: "placeguard_reports_total", dimensions: [("outcome", "same")])
    private let corrected = Counter(label: "placeguard_reports_total", dimensions: [("outcome", "corrected")])
    private let refused = Counter(label: "placeguard_reports_total", dimensions: [("outcome", "refused")])
    private let batches = Counter(label: "placeguard_intake_batches_total")
    private let batched = Counter(label: "placeguard_intake_batched_reports_total")
    private let queue = Gauge(label: "placeguard_intake_queue")

    func count(_ result: Result<CommitOutcome, IntakeRefusal>) {
        switch result {
        case .success(.created): created.increment()
        case .success(.same): same.increment()
        case .success(.corrected): corrected.increment()
        case .success(.refused(let faults)):
            refused.increment()
            IntakeMetrics.countRefusals(faults.map(\.reason))
        case .failure(let refusal):
            refused.increment()
            IntakeMetrics.countRefusals([refusal.refusal])
        }
    }

    func batch(_ size: Int, backlog: Int) {
        batches.increment()
        batched.increment(by: size)
        queue.record(backlog)
    }

    /// Counts each reason once per report: every refusal has a counter (design.md rule 6).
    static func countRefusals(_ reasons: [RefusalReason]) {
        for reason in Set(reasons) {
            Counter(label: "placeguard_refusals_total", dimensions: [("reason", reason.rawValue)]).increment()
        }
    }
}
