import DequeModule

/// How many reports may wait, and how many go together.
package struct QueueLimits: Sendable, Hashable {
    /// Reports that may wait: at ten thousand a second, under half a second of work.
    package var queuedReports = 4_096
    /// Bytes that may wait, so that full narratives cannot take the memory of the daemon.
    var queuedBytes = 16 * 1_024 * 1_024
    /// Reports of one transaction: beyond it the cost of the commit is shared out and only the wait grows.
    var batchReports = 256
    /// Bytes of one transaction.
    var batchBytes = 4 * 1_024 * 1_024

    package static let standard = QueueLimits()
}

/// Decides which reports share a transaction: a queue of tickets and a few committers that take from it.
///
/// Adaptive without a timer. A committer that is free takes whatever waits, so a lone report is committed at once; what
/// arrives while all are busy waits together and goes in one transaction. Pure: takes events, returns actions; whoever
/// drives it serialises the calls.
struct BatchMachine<Ticket> {
    enum SubmitAction: Equatable {
        /// Waits in the queue; `wake` if a committer sleeps that could take it.
        case queued(wake: Bool)
        case refused(IntakeRefusal.Reason)
    }

    enum CommitterAction {
        case commit([Ticket])
        /// Nothing to do: sleep until woken, then ask again.
        case sleep
        /// Drained: nothing will come any more.
        case stop
    }

    private enum Phase { case open, draining, stopped }

    private let limits: QueueLimits
    private var phase = Phase.open
    private var queue: Deque<(ticket: Ticket, size: Int)> = []
    private var queuedBytes = 0
    private var sleeping = 0

    init(limits: QueueLimits = .standard) {
        self.limits = limits
    }

    /// Reports that wait.
    var backlog: Int { queue.count }

    /// Whether reports are still accepted.
    var isOpen: Bool { phase == .open }

    /// A report arrived; `size` is its bytes, near enough.
    mutating func submit(_ ticket: Ticket, size: Int) -> SubmitAction {
        guard phase == .open else { return .refused(.draining) }
        guard queue.count < limits.queuedReports, queuedBytes + size <= limits.queuedBytes || queue.isEmpty else {
            return .refused(.overloaded)
        }
        queue.append((ticket, size))
        queuedBytes += size
        return .queued(wake: sleeping > 0)
    }

    /// A committer has nothing to do. `wasAsleep` where it asks because it was woken.
    mutating func committerIsFree(wasAsleep: Bool) -> CommitterAction {
        if wasAsleep { sleeping -= 1 }
        guard !queue.isEmpty else {
            if phase != .open { return .stop }
            sleeping += 1
            return .sleep
        }
        return .commit(takeBatch())
    }

    /// No more reports are taken; those that wait are still committed. True if committers sleep that should hear of it.
    mutating func drain() -> Bool {
        if phase == .open { phase = .draining }
        return sleeping > 0
    }

    /// Gives up: what waits is handed back to be refused, and nothing is taken any more.
    mutating func abandon() -> [Ticket] {
        phase = .stopped
        let left = queue.map(\.ticket)
        queue.removeAll()
        queuedBytes = 0
        return left
    }

    /// At least one report, however large.
    private mutating func takeBatch() -> [Ticket] {
        var batch: [Ticket] = []
        var bytes = 0
        while let next = queue.first, batch.count < limits.batchReports,
            batch.isEmpty || bytes + next.size <= limits.batchBytes
        {
            queue.removeFirst()
            bytes += next.size
            batch.append(next.ticket)
        }
        queuedBytes -= bytes
        return batch
    }
}
