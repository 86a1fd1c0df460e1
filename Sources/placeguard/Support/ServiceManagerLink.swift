package import Logging
package import Platform
import ServiceLifecycle

/// Keeps the service manager informed: ready, alive, stopping.
///
/// Added to the service group last, so that `STOPPING` goes out first. It is silent when nobody started us.
package struct ServiceManagerLink: Service {
    /// What a slow step is allowed from each message on; steps report at least every five seconds.
    package static let extensionStep = Duration.seconds(30)

    private let manager: (any ServiceObserver)?
    private let awaitReady: @Sendable () async throws -> Void
    private let isAlive: @Sendable () async -> Bool
    private let logger: Logger

    /// Creates the link.
    ///
    /// - Parameters:
    ///   - manager: nil when the process was started by hand.
    ///   - awaitReady: returns when the service takes requests.
    ///   - isAlive: asked before each sign of life; while it says no, none is sent, and the manager restarts us.
    package init(
        manager: (any ServiceObserver)?,
        awaitReady: @escaping @Sendable () async throws -> Void,
        isAlive: @escaping @Sendable () async -> Bool,
        logger: Logger
    ) {
        self.manager = manager
        self.awaitReady = awaitReady
        self.isAlive = isAlive
        self.logger = logger
    }

    package func run() async throws {
        guard let manager else {
            try? await gracefulShutdown()
            return
        }
        do {
            try await cancelWhenGracefulShutdown {
                try await awaitReady()
                await send(.ready, .status("serving"), to: manager)
                try await giveSignsOfLife(to: manager)
            }
        } catch is CancellationError {
            // Graceful shutdown, or its time is over: either way we stop now.
        }
        await send(.stopping, .status("stopping"), to: manager)
    }

    /// Tells the manager that a step goes on; for start-up steps before and beside ``run()``.
    package static func extend(_ manager: (any ServiceObserver)?, status: String) {
        // A full queue drops this message; the next one follows within seconds.
        try? manager?.notify([.extendTimeout(extensionStep), .status(status)])
    }

    private func giveSignsOfLife(to manager: any ServiceObserver) async throws {
        guard let interval = manager.watchdogInterval else {
            try await gracefulShutdown()
            return
        }
        while true {
            if await isAlive() { await send(.watchdog, to: manager) }
            // Twice in each interval, as sd_watchdog_enabled(3) advises.
            try await Task.sleep(for: interval / 2)
        }
    }

    private func send(_ notifications: ServiceNotification..., to manager: any ServiceObserver) async {
        // READY must arrive: a full queue is tried again for a second.
        for _ in 0..<20 {
            do {
                try manager.notify(notifications)
                return
            } catch  where error.wouldBlock {
                await Pause.uncancellable(.milliseconds(50))
            } catch {
                logger.warning("the service manager cannot be told", metadata: ["error": "\(error)"])
                return
            }
        }
    }
}
