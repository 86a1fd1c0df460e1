package import Logging
import Postgres
import ServiceLifecycle

/// Numbers and chains the audit's waiting entries, in one short transaction each second.
///
/// Chaining inside the acting transactions would make every one of them wait for the one before: a second hot row
/// (design.md "Audit"). Several daemons may run one each; the database lets one of them work.
package struct AuditSealer: Service {
    private let source: any ConnectionSource
    private let logger: Logger

    /// How often it looks: so long an entry may wait for its number, and a rewrite of it would go unseen.
    package static let interval = Duration.seconds(1)
    /// How often the head is logged, so that a rewrite of the whole chain shows against the log.
    package static let headInterval = Duration.seconds(86_400)

    /// - Parameter source: Connections of `placeguard_admin`, the only role that may seal.
    package init(source: any ConnectionSource, logger: Logger) {
        self.source = source
        self.logger = logger
    }

    /// Seals until shutdown, and once more then, so that a stopped daemon leaves nothing unsealed behind.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            var nextHead = ContinuousClock.now
            while !Task.isCancelled {
                let head = await sealLogging()
                if let head, ContinuousClock.now >= nextHead {
                    logger.notice("audit head", metadata: ["head": "\(head.text ?? "none")"])
                    nextHead = .now + AuditSealer.headInterval
                }
                do { try await Task.sleep(for: AuditSealer.interval) } catch { break }
            }
        }
        _ = await sealLogging()
    }

    /// Seals everything that waits now.
    package func seal() async throws -> AuditHead {
        while true {
            let (sealed, head) = try await source.lend(while: "sealing the audit") { connection in
                let row = try await connection.query(
                    "SELECT sealed, number, hash FROM placeguard.seal_audit($1)",
                    [.int32(StoreLimits.sealedEntries)]
                )[0]
                let head = AuditHead(
                    number: try row.optionalInt64(1) ?? 0,
                    hash: try row.optionalBytes(2),
                    unsealed: 0
                )
                return (try row.int32(0), head)
            }
            if sealed < StoreLimits.sealedEntries { return head }
        }
    }

    /// A database that is away is tried again in a second; the entries wait in it.
    private func sealLogging() async -> AuditHead? {
        do {
            return try await seal()
        } catch {
            logger.warning("audit not sealed", metadata: ["error": "\(StoreError(error, while: "sealing the audit"))"])
            return nil
        }
    }
}
