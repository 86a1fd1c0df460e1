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

    /// Asks for each token in use whether it still holds, one at a time so that the check never crowds the database.
    private func endWhatNoLongerHolds() async {
        for principal in services.registry.credentials {
            guard !Task.isCancelled else { return }
            let validity = await validity(of: principal)
            // Asking for the others would be in vain.
            if validity == .databaseAway { break }
            guard validity == .ended else { continue }
            for connection in services.registry.connections(withToken: principal.tokenID) { connection.revoked() }
        }
    }

    private enum Validity { case holds, ended, unknown, databaseAway }

    private func validity(of principal: Principal) async -> Validity {
        do {
            let holds = try await services.ask { [credentials = services.credentials] in
                try await credentials.isStillValid(principal)
            }
            return holds ? .holds : .ended
        } catch {
            return services.isPassing(error, during: "the check of a credential") ? .databaseAway : .unknown
        }
    }
}
