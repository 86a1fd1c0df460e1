import Synchronization

/// Which rings of the doorbell the general workers answer, so that the worker kept for urgent work need not.
///
/// A ring is attended where a general worker rests, for it wakes, and where one began its transaction after the ring, for it
/// takes the most urgent first. Only what arrives while all of them are in older transactions is the kept worker's. With
/// one general worker this halves what the database is asked for each report.
final class Attendance: Sendable {
    /// The last ring that each worker in a transaction had heard when it began; nil for one that rests.
    private let heard: Mutex<[UInt64?]>

    init(workers: Int) {
        heard = Mutex(Array(repeating: nil, count: workers))
    }

    /// A worker begins a transaction, having heard a ring.
    func begins(_ worker: Int, after ring: UInt64) { heard.withLock { $0[worker] = ring } }

    /// A worker's transaction is over.
    func rests(_ worker: Int) { heard.withLock { $0[worker] = nil } }

    /// Whether somebody sees to what a ring told of.
    func isAttended(_ ring: UInt64) -> Bool {
        heard.withLock { workers in workers.contains { $0.map { $0 >= ring } ?? true } }
    }
}
