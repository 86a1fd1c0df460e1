import Safeguarding

/// Ends the sessions of credentials that no longer hold: looked at each second, and at once when something about them changed.
struct CredentialWatch: Sendable {
    let services: FeedServices
    /// Rung each second.
    let tick: Doorbell
    /// Rung when a token, agency or agreement changed.
    let changed: Doorbell
    private let check = Doorbell()

    /// Until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for bell in [tick, changed] { group.addTask { await bell.eachRing { check.ring() } } }
            group.addTask { await check.eachRing { await endWhatNoLongerHolds() } }
        }
    }

    /// Asks in one question which of the tokens in use still hold, so that the end of one waits for none of the others.
    private func endWhatNoLongerHolds() async {
        let principals = services.registry.credentials
        guard !principals.isEmpty else { return }
        do {
            let ended = try await services.ask { [credentials = services.credentials] in
                try await credentials.ended(principals)
            }
            for principal in ended {
                for connection in services.registry.connections(withToken: principal.tokenID) { connection.revoked() }
            }
        } catch {
            _ = services.isPassing(error, during: "the check of credentials")
        }
    }
}
