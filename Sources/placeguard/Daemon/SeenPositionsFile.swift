import AlertFeed
import Logging
import NIOPosix
import Platform
import Safeguarding
import Synchronization

/// What the feed saw of the log, in a small file of the state directory: a line `view epoch head` for each view.
///
/// Written at most once a second and not waited for on the disk: it is for the loss of the database's last moments, which the
/// embedded one does not have when the machine itself fails.
final class SeenPositionsFile: SeenPositions {
    static let name = "feed.positions"

    /// A file that somebody else has put there is not read to its end.
    private static let limit = 4_096

    private let directory: String
    private let logger: Logger
    private let written = Mutex<[View: LogPosition]>([:])
    private let hasFailed = Mutex(false)

    init(stateDirectory: String, logger: Logger) {
        directory = stateDirectory
        self.logger = logger
    }

    func positions() async -> [View: LogPosition] {
        await attempt("read") { [directory] in
            Self.positions(in: try Directory(path: directory).read(Self.name, limit: Self.limit) ?? [])
        } ?? [:]
    }

    func keep(_ positions: [View: LogPosition]) async {
        guard written.withLock({ Self.lines($0) != Self.lines(positions) }) else { return }
        let isKept: Void? = await attempt("written") { [directory] in
            let bytes = Array(Self.lines(positions).utf8)
            try Directory(path: directory).write(Self.name, bytes, mode: 0o600, owner: nil, durably: false)
        }
        if isKept != nil { written.withLock { $0 = positions } }
    }

    static func lines(_ positions: [View: LogPosition]) -> String {
        View.allCases.compactMap { view in
            positions[view].map { "\(view.rawValue) \($0.epoch) \($0.head)\n" }
        }.joined()
    }

    /// Lines of another form are passed over.
    static func positions(in bytes: [UInt8]) -> [View: LogPosition] {
        var positions: [View: LogPosition] = [:]
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count == 3, let view = View(rawValue: String(words[0])), let head = Int64(words[2]), head >= 0
            else { continue }
            positions[view] = LogPosition(epoch: String(words[1]), head: head, floor: 1)
        }
        return positions
    }

    /// Off the cooperative pool; a failure is told once, since it would be there each second.
    private func attempt<Value: Sendable>(_ act: StaticString, _ work: @escaping @Sendable () throws -> Value) async
        -> Value?
    {
        do {
            let value = try await NIOThreadPool.singleton.runIfActive(work)
            hasFailed.withLock { $0 = false }
            return value
        } catch is CancellationError {
            return nil
        } catch {
            let isNew = hasFailed.withLock { failed in
                defer { failed = true }
                return !failed
            }
            if isNew {
                logger.warning(
                    "the feed's last positions cannot be \(act): a loss of events could not be told after a restart",
                    metadata: ["error": "\(error)"]
                )
            }
            return nil
        }
    }
}
