package import Logging
import Postgres
package import Safeguarding
import ServiceLifecycle

/// Lets go of what of the alert log is older than it is kept, and of records of refused logins as old.
///
/// What is open stays: LIST, SHOW and the briefing read the alerts, not the log. A subscription whose position has gone is
/// told so (410), since the floor moves before any row goes. Several daemons may run one each.
package struct LogRetention: Service {
    /// How often it looks.
    package static let interval = Duration.seconds(3_600)
    /// Rows of one transaction: a tenth of a second's work.
    package static let step: Int32 = 10_000
    /// Between two steps, so that a backlog leaves the database to others.
    private static let pause = Duration.milliseconds(200)

    /// What of one view went.
    package struct Trimmed: Sendable, Hashable {
        package var view: View
        package var floor: Int64
        package var dropped: Int64

        package init(view: View, floor: Int64, dropped: Int64) {
            self.view = view
            self.floor = floor
            self.dropped = dropped
        }
    }

    private let source: any ConnectionSource
    private let days: Int
    private let step: Int32
    private let logger: Logger

    /// - Parameters:
    ///   - source: Connections of `placeguard_admin`, the only role that may.
    ///   - days: How long an event is kept, at least 1.
    package init(source: any ConnectionSource, days: Int, step: Int32 = LogRetention.step, logger: Logger) {
        self.source = source
        self.days = days
        self.step = step
        self.logger = logger
    }

    /// Looks until shutdown. A database that is away is asked again with the next look.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await trimLogging()
                do { try await Task.sleep(for: LogRetention.interval) } catch { return }
            }
        }
    }

    /// Lets go of everything that is due now; the views from which something went.
    package func trim() async throws -> [Trimmed] {
        var trimmed: [Trimmed] = []
        for view in View.allCases {
            var floor: Int64 = 0
            var more = true
            while more { (floor, more) = try await raiseFloor(of: view) }
            let dropped = try await all { try await dropBelowFloor(of: view) }
            if dropped > 0 { trimmed.append(Trimmed(view: view, floor: floor, dropped: dropped)) }
        }
        _ = try await all { try await dropRefusedLogins() }
        return trimmed
    }

    /// Repeats a step while it finds as much as it may take.
    private func all(_ take: () async throws -> Int64) async throws -> Int64 {
        var sum: Int64 = 0
        while true {
            let taken = try await take()
            sum += taken
            guard taken == Int64(step) else { return sum }
            try await Task.sleep(for: LogRetention.pause)
        }
    }

    private func raiseFloor(of view: View) async throws -> (floor: Int64, more: Bool) {
        try await source.lend(while: "raising the log's floor") { connection in
            let row = try await connection.query(
                "SELECT floor, more FROM placeguard.raise_floor($1, make_interval(days => $2), $3)",
                [.name(view), .int32(Int32(clamping: days)), .int32(step)]
            )[0]
            return (try row.int64(0), try row.bool(1))
        }
    }

    private func dropBelowFloor(of view: View) async throws -> Int64 {
        try await source.lend(while: "dropping from the log") { connection in
            try await connection.query("SELECT placeguard.drop_below_floor($1, $2)", [.name(view), .int32(step)])[0]
                .int64(0)
        }
    }

    private func dropRefusedLogins() async throws -> Int64 {
        try await source.lend(while: "dropping refused logins") { connection in
            try await connection.query(
                "SELECT placeguard.drop_refused_logins(make_interval(days => $1), $2)",
                [.int32(Int32(clamping: days)), .int32(step)]
            )[0].int64(0)
        }
    }

    private func trimLogging() async {
        do {
            for trimmed in try await trim() {
                logger.notice(
                    "the alert log let go of what is older than it is kept",
                    metadata: [
                        "view": "\(trimmed.view.rawValue)", "dropped": "\(trimmed.dropped)",
                        "floor": "\(trimmed.floor)",
                    ]
                )
            }
        } catch is CancellationError {
        } catch {
            logger.warning(
                "the alert log was not trimmed",
                metadata: ["error": "\(StoreError(error, while: "trimming the log"))"]
            )
        }
    }
}
