import Logging
import ServiceLifecycle

/// Stands last in the server's group and is therefore told first to stop: closes the gate, lets what was accepted
/// finish within a bound, and only then lets the connections be closed.
struct DrainService: Service {
    let gate: DrainGate
    let bound: Duration
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        gate.drain()
        logger.info("draining", metadata: ["requests": "\(gate.active)"])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await gate.untilEmpty() }
            group.addTask { try? await Task.sleep(for: bound) }
            await group.next()
            group.cancelAll()
        }
        if gate.active > 0 { logger.warning("requests cut off", metadata: ["requests": "\(gate.active)"]) }
    }
}
