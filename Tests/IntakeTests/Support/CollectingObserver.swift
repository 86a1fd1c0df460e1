import Intake
import Synchronization

/// Keeps everything that an import says.
final class CollectingObserver: ImportObserver {
    private struct State {
        var rows: [RowResult] = []
        var rejects: [UInt8] = []
        var progress: [ImportProgress] = []
    }

    private let state = Mutex(State())

    var rows: [RowResult] { state.withLock { $0.rows } }
    var rejects: [UInt8] { state.withLock { $0.rejects } }
    var progress: [ImportProgress] { state.withLock { $0.progress } }

    var faults: [RowFault] {
        rows.flatMap { row -> [RowFault] in
            guard case .refused(let faults) = row.outcome else { return [] }
            return faults
        }
    }

    func settled(_ rows: [RowResult]) async throws { state.withLock { $0.rows += rows } }
    func rejected(_ csv: [UInt8]) async throws { state.withLock { $0.rejects += csv } }
    func progress(_ progress: ImportProgress) async { state.withLock { $0.progress.append(progress) } }
}
