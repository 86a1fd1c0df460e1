package import Logging
import Postgres
package import Safeguarding

/// Tells the assessors that due rows were put by hand: this process's at once, other daemons' by a NOTIFY.
///
/// For actions of people, which are few; intake never notifies (feed-protocol.md section 2).
package struct DueNotice: Sendable {
    private let bell: Doorbell
    private let logger: Logger

    /// - Parameter bell: Rung for every action; the assessor of this process waits for it.
    package init(bell: Doorbell, logger: Logger) {
        self.bell = bell
        self.logger = logger
    }

    /// To be called after the commit; one that fails is only logged, since every assessor polls.
    func send(on source: any ConnectionSource) async {
        bell.ring()
        do {
            try await source.lend { connection in _ = try await connection.query("NOTIFY placeguard_due") }
        } catch {
            logger.debug("a notification was not sent", metadata: ["error": "\(error)"])
        }
    }
}
