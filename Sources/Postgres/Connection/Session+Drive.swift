/// What a conversation sends.
enum Request: Sendable {
    case script(String)
    /// A statement parsed and run in one step.
    case parse(Statement)
    case prepare(String, Statement)
    case execute(String, Statement)
}

/// How long the driver waits, and whether a cancellation of the task interrupts it.
enum Patience: Sendable {
    /// Until the task is cancelled or the server has said nothing for the response timeout.
    case normal
    /// Until a moment, whatever happens to the task.
    case until(ContinuousClock.Instant)

    /// Whether the server may be asked to cancel when time is up.
    var allowsInterruption: Bool {
        if case .normal = self { true } else { false }
    }

    static func shielded(for duration: Duration) -> Patience { .until(.now + duration) }
}

/// Driving conversations: the loop that carries out their steps. The caller has the turn.
extension Session {
    /// Runs a conversation until it finishes or pauses.
    ///
    /// A cancellation or a silence that is too long makes the server cancel the statement; the conversation is then
    /// still run to its end, with a deadline.
    ///
    /// - Returns: Why the conversation was interrupted, if it was. Its outcome tells whether that came too late.
    /// - Throws: When the connection is lost or had to be closed.
    @discardableResult
    func drive<C: Conversation<QueryResult>>(
        _ conversation: inout C,
        _ requests: [Request],
        chunk: ArraySlice<UInt8> = [],
        singleRows: Bool = false,
        patience: Patience = .normal
    ) async throws(PostgresError) -> PostgresError? {
        if let closure { throw closure }
        var patience = patience
        var interruption: PostgresError?
        var cancellation = CancelConversation()
        var event = ConversationEvent<QueryResult>.begin
        while true {
            switch conversation.next(event) {
            case .want(let interest):
                switch await wait(interest, patience) {
                case .ready(let ready):
                    event = .ready(ready)
                case .cancelled:
                    interruption = PostgresError(.cancelled, "cancelled while the statement ran")
                    patience = await interrupt(&cancellation)
                    event = .ready([])
                case .timedOut where patience.allowsInterruption:
                    interruption = PostgresError(.timeout, "the server did not answer in time")
                    patience = await interrupt(&cancellation)
                    event = .ready([])
                case .timedOut:
                    throw abandon(interruption)
                case .stopped:
                    throw abandon(PostgresError(.shutdown, "the reactor has been stopped"))
                }
            case .finished:
                drainNotifications()
                if interruption != nil, cancellation.next(.drained) == .close { close() }
                return interruption
            case .failed(let error):
                if error.isConnectionLoss { hasLostServer = true }
                close(error)
                throw interruption ?? error
            case let step:
                event = perform(step, requests, chunk, singleRows: singleRows)
            }
        }
    }

    private func wait(_ interest: Interest, _ patience: Patience) async -> WaitOutcome {
        switch patience {
        case .normal:
            let deadline = settings.responseTimeout.map { ContinuousClock.now + $0 }
            return await readiness.wait(link.token, for: interest, deadline: deadline, cancellable: true)
        case .until(let deadline):
            return await readiness.wait(link.token, for: interest, deadline: deadline, cancellable: false)
        }
    }

    /// Makes the server cancel, and says how long its answer may take.
    private func interrupt(_ cancellation: inout CancelConversation) async -> Patience {
        guard cancellation.next(.interrupted) == .requestCancel else { return .until(.now) }
        let deadline = ContinuousClock.now + settings.drainTimeout
        let isOver = await canceller.requestCancel(deadline: deadline)
        _ = cancellation.next(isOver ? .requested : .requestAbandoned)
        return .until(deadline)
    }

    private func abandon(_ reason: PostgresError?) -> PostgresError {
        let reason = reason ?? PostgresError(.timeout, "the server did not answer in time")
        close(reason)
        return reason
    }

    /// Carries out a step that does not wait.
    private func perform(
        _ step: ConversationStep,
        _ requests: [Request],
        _ chunk: ArraySlice<UInt8>,
        singleRows: Bool
    ) -> ConversationEvent<QueryResult> {
        switch step {
        case .send(let number):
            return send(requests[number], singleRows: singleRows)
        case .sendSync:
            return link.handle.sendSync() ? .sent(bytes: 0) : .lost(refusal())
        case .sendFlushRequest:
            return link.handle.sendFlushRequest() ? .sent(bytes: 0) : .lost(refusal())
        case .putData:
            return .put(link.handle.putCopyData(chunk))
        case .putEnd(let reason):
            return .put(link.handle.putCopyEnd(abortingBecause: reason))
        case .flush:
            switch link.handle.flush() {
            case .done: return .flushed(pending: false)
            case .pending: return .flushed(pending: true)
            case .failed: return .lost(lossError())
            }
        case .consume:
            return link.handle.consumeInput() ? .consumed : .lost(lossError())
        case .takeResult:
            return takeResult()
        case .want, .finished, .failed:
            return .lost(.unexpected(in: "driver"))
        }
    }

    /// Why libpq would not send: the connection is lost, or it is in a state that does not allow it.
    private func refusal() -> PostgresError {
        link.handle.isBad
            ? lossError()
            : PostgresError(.protocol, "libpq refused to send", secret: link.handle.errorMessage)
    }

    private func takeResult() -> ConversationEvent<QueryResult> {
        if link.handle.isBusy { return .busy }
        guard let handle = link.handle.nextResult() else { return .noResult }
        let result = QueryResult(handle)
        let status = result.status
        if case .failure(let diagnostics) = status {
            // An error without a code is libpq's own, made up when the connection breaks.
            if diagnostics.sqlState == nil, link.handle.isBad { return .lost(lossError()) }
            noteLoss(diagnostics)
        }
        return .result(status, result)
    }

    private func noteLoss(_ diagnostics: ServerDiagnostics) {
        guard let code = diagnostics.sqlState else { return }
        // In a transaction that was to be read-only, a refused write says nothing about the server.
        if code == SQLState.readOnlyTransaction, transaction == .readOnly { return }
        if SQLState.meansConnectionLoss(code) { hasLostServer = true }
    }

    private func send(_ request: Request, singleRows: Bool) -> ConversationEvent<QueryResult> {
        do throws(PostgresError) {
            let isSent: Bool
            switch request {
            case .script(let sql):
                isSent = link.handle.sendScript(sql)
            case .parse(let statement):
                try parameters.load(statement.parameters)
                isSent = link.handle.sendQuery(statement.sql, parameters)
            case .prepare(let name, let statement):
                isSent = link.handle.sendPrepare(name, statement.sql, statement.parameters.map(\.type))
            case .execute(let name, let statement):
                try parameters.load(statement.parameters)
                isSent = link.handle.sendPrepared(name, parameters)
            }
            guard isSent, !singleRows || link.handle.setSingleRowMode() else { return .lost(refusal()) }
            defer { parameters.reset() }
            return .sent(bytes: parameters.byteCount)
        } catch {
            return .lost(error)
        }
    }
}
