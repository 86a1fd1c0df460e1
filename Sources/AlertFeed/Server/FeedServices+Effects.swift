import Logging
import Safeguarding

// The effects of a session, performed on the log and the credentials.
extension FeedServices {
    func perform(_ effect: SessionEffect, for connection: FeedConnection) async -> SessionOutcome {
        do {
            switch effect {
            case .punishRefusal(let tokenID):
                await punish(tokenID, of: connection)
                return .punished
            case .acknowledge(let subscription, let seq, let sent):
                // Its batch has a patience; one for each acknowledgement was a sixth of what fan-out costs.
                try await collectors.acknowledgements.ask(Acknowledgement(subscription, seq: seq, sent: sent))
                metrics.acknowledged(in: subscription.view)
                return .acknowledged
            default:
                // One patience for the whole command, however many questions it asks.
                return try await ask { try await outcome(of: effect, for: connection) }
            }
        } catch let refusal as FeedRefusal {
            return .refused(refusal)
        } catch let refusal as AlertActRefusal {
            return .actRefused(refusal)
        } catch let refusal as MuteRefusal {
            return .muteRefused(refusal)
        } catch {
            return isPassing(error, during: "a command") ? .unavailable : .failed
        }
    }

    private func outcome(of effect: SessionEffect, for connection: FeedConnection) async throws -> SessionOutcome {
        switch effect {
        case .checkCredential(let credential):
            let principal = try await credentials.authenticate(tokenID: credential.tokenID, secret: credential.secret)
            return .credentialChecked(principal)
        case .checkCertificate:
            guard let certificate = try? await connection.peerCertificate() else { return .credentialChecked(nil) }
            let principal = try await credentials.authenticate(fingerprint: certificate.fingerprint)
            return .certificateChecked(principal, until: certificate.until)
        case .punishRefusal, .acknowledge: return .failed
        case .enter(let principal):
            let position = try await log.position(of: principal.view)
            return registry.enter(connection, as: principal) ? .entered(position) : .tooManyConnections
        case .subscribe(let principal, let name, let from, let filter, let isStanding):
            // Audited before anything is shown: without an audit there is no subscription.
            let detail = FeedAudit.detail(name: name, from: from, filter: filter)
            try await audit(principal, FeedAudit.subscribe, detail)
            let start = try await log.subscribe(
                principal,
                name: name,
                from: from,
                filter: filter,
                isStanding: isStanding
            )
            return begun(start, connection)
        case .auditFilter(let principal, let name, let filter):
            try await audit(principal, FeedAudit.filter, FeedAudit.detail(name: name, filter: filter))
            return .audited
        case .list(let principal, let after, let filter):
            try await audit(principal, FeedAudit.list, FeedAudit.detail(after: after, filter: filter))
            let alerts = try await log.openAlerts(
                principal,
                filter: filter,
                after: after,
                limit: FeedLimits.listLines + 1
            )
            return .listed(alerts)
        case .act(let principal, let act):
            return .acted(try await desk.act(act, by: principal))
        case .show(let principal, let alert):
            try await audit(principal, FeedAudit.show, "alert=" + alert.text)
            return .shown(try await desk.history(of: alert, for: principal))
        case .listPresent(let principal):
            return .present(registry.present(to: principal))
        case .proposeMute(let principal, let request):
            try await audit(principal, FeedAudit.mute, FeedAudit.detail(filter: request.terms))
            return .muteProposed(try await mutes.propose(request, by: principal))
        case .confirmMute(let principal, let mute):
            return .muteConfirmed(try await mutes.confirm(mute, by: principal))
        case .endMute(let principal, let mute):
            try await mutes.end(mute, by: principal)
            return .muteEnded
        case .listMutes(let principal):
            try await audit(principal, FeedAudit.mutes, "")
            return .mutes(try await mutes.mutes(for: principal))
        case .readCursors(let principal):
            return .cursors(try await log.cursors(principal))
        }
    }

    /// Records the refusal, then lets the time pass that the address or the id has earned.
    private func punish(_ tokenID: String, of connection: FeedConnection) async {
        metrics.loginRefused()
        do {
            try await ask { [credentials] in
                try await credentials.recordRefusal(tokenID: tokenID, address: connection.address)
            }
        } catch {
            logger.warning("feed: a refused login could not be recorded", metadata: ["error": "\(error)"])
        }
        do {
            try await clock.sleep(for: registry.punish(connection.network, tokenID, at: clock.now))
        } catch {
            logger.trace("feed: a refusal was cut short")
        }
    }

    /// Of two connections with one name the older is told; nothing where this is it.
    private func begun(_ start: SubscriptionStart, _ connection: FeedConnection) -> SessionOutcome {
        if let loser = registry.claim(start.subscription, for: connection) {
            guard loser !== connection else { return .refused(.replaced) }
            loser.replaced(start.subscription.name)
        }
        return .subscribed(start)
    }

    private func audit(_ principal: Principal, _ action: String, _ detail: String) async throws {
        try await log.audit(principal, action: action, detail: detail)
    }

    // MARK: Delivery

    /// Reads one page, together with those of others, and calls back with it; answers what takes the question back.
    func readPage(
        _ request: PageRequest,
        then read: @escaping @Sendable (PageOutcome) -> Void
    ) -> @Sendable () -> Void {
        let pages = collectors.pages(for: request)
        let ticket = pages.ask(request.read) { answer in read(outcome(of: answer, in: request.subscription.view)) }
        return { pages.takeBack(ticket) }
    }

    private func outcome(of answer: Result<PageOutcome, any Error>, in view: View) -> PageOutcome {
        switch answer {
        case .success(let outcome):
            if case .read(_, _, let position) = outcome { lossWatch.sent(from: position, in: view) }
            return outcome
        case .failure(let error):
            _ = isPassing(error, during: "a page")
            return .unavailable
        }
    }

    /// Moves a cursor; false when that has to wait.
    func advance(_ subscription: FeedSubscription, readTo: Int64) async -> Bool {
        await succeeds("an advance") { [log] in try await log.advance(subscription, readTo: readTo) }
    }

    /// Audits a delivered range; false when that has to wait.
    func audit(_ range: DeliveredRange, of principal: Principal) async -> Bool {
        await succeeds("an audit") { [collectors] in
            try await collectors.audit.ask(ReadEntry(principal, action: FeedAudit.deliver, detail: range.detail))
        }
    }

    /// Records the ends of a session's subscriptions in order, giving up at the first that the database does not take.
    func record(_ ends: [SubscriptionEnd], of principal: Principal) async {
        for end in ends {
            if let range = end.unaudited, await !audit(range, of: principal) { return }
            let isSettled = await succeeds("an end") { [log] in
                try await log.ended(end.subscription, reason: end.reason.rawValue, sent: end.sent)
            }
            guard isSettled else { return }
        }
    }

    /// Tells of terms that can match nothing any more, where the filter has such as can end.
    func watch(_ subscription: FeedSubscription, _ filter: FeedFilter, of principal: Principal) async {
        guard filter.inclusions.contains(where: \.canEnd) else { return }
        _ = await succeeds("a watch") { [watch] in
            try await watch.watch(subscription, filter: filter, of: principal)
        }
    }

    private func succeeds(_ activity: StaticString, _ work: @escaping @Sendable () async throws -> Void) async -> Bool {
        do {
            try await ask(work)
            return true
        } catch {
            if !(error is FeedRefusal) { _ = isPassing(error, during: activity) }
            return false
        }
    }
}
