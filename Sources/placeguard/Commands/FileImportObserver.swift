import Foundation
import Intake
import Platform
import Synchronization

/// Shows an import's progress on a terminal and keeps the rejects file beside the input.
final class FileImportObserver: ImportObserver {
    private struct State {
        var rejects: FileHandle?
        var shown = ContinuousClock.now
    }

    private let state: Mutex<State>
    private let started = ContinuousClock.now
    private let size: Int
    private let rejectsPath: String
    private let terminal: Terminal?

    init(file: String) throws {
        size = (try? FileManager.default.attributesOfItem(atPath: file)[.size] as? Int) ?? 0
        rejectsPath = (file.hasSuffix(".csv") ? String(file.dropLast(4)) : file) + ".rejects.csv"
        let terminal = Terminal(.error)
        self.terminal = terminal.isInteractive ? terminal : nil
        state = Mutex(State())
    }

    /// Appends to the rejects file, made when the first row is refused.
    func rejected(_ csv: [UInt8]) async throws {
        try state.withLock { state in
            if state.rejects == nil {
                guard
                    FileManager.default.createFile(
                        atPath: rejectsPath,
                        contents: nil,
                        attributes: [.posixPermissions: 0o600]
                    ),
                    let handle = FileHandle(forWritingAtPath: rejectsPath)
                else { throw CommandFailure("The rejects file cannot be written: \(rejectsPath)") }
                state.rejects = handle
            }
            try state.rejects?.write(contentsOf: Data(csv))
        }
    }

    /// One line, rewritten a few times a second: rows, rate and time left.
    func progress(_ progress: ImportProgress) async {
        guard let terminal else { return }
        let now = ContinuousClock.now
        let isDue = state.withLock { state in
            guard now - state.shown > .milliseconds(250) else { return false }
            state.shown = now
            return true
        }
        guard isDue else { return }
        let elapsed = max(
            0.001,
            Double((now - started).components.seconds) + Double((now - started).components.attoseconds) / 1e18
        )
        let rate = Double(progress.counts.rows) / elapsed
        let left = progress.bytes > 0 ? elapsed * Double(max(0, size - progress.bytes)) / Double(progress.bytes) : 0
        terminal.write("\r\(progress.counts.rows) rows, \(Int(rate)) a second, about \(Int(left)) s left   ")
    }

    /// Closes the rejects file and says where it is.
    func close() throws {
        terminal?.write("\r")
        let wrote = try state.withLock { state in
            try state.rejects?.close()
            return state.rejects != nil
        }
        if wrote { Output.note("Refused rows with their reasons: \(rejectsPath)") }
    }
}
