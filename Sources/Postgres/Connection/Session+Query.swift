/// Statements, one at a time.
extension Session {
    /// Runs a statement, from the statement cache if it has been seen before.
    ///
    /// Run anew once when the server says that the prepared form is no longer valid, which only is possible outside a
    /// transaction.
    func query(_ statement: Statement) async throws(PostgresError) -> QueryResult {
        try Self.check(statement)
        try await beginExchange()
        defer { turn.give() }
        let wasIdle = link.handle.transactionState == .idle
        do throws(PostgresError) {
            return try await runPlanned(statement)
        } catch {
            guard wasIdle, Self.isStale(error), closure == nil, cache.reset() else { throw error }
            return try await run(.parse(statement))
        }
    }

    /// Runs several statements of one text in the simple protocol; the first error ends it.
    func script(_ sql: String) async throws(PostgresError) {
        guard !sql.utf8.contains(0) else { throw PostgresError(.usage, "a script cannot contain NUL") }
        try await beginExchange()
        defer { turn.give() }
        _ = try await runAll(.script(sql), .normal)
        // A script may have deallocated or redefined anything.
        cache.reset()
    }

    /// Runs a transaction command; see `Patience` for how it may be cut short.
    ///
    /// - Returns: The command tag, which for a COMMIT that could not be is `ROLLBACK`.
    func command(_ sql: StaticString, patience: Patience = .normal) async throws(PostgresError) -> String {
        if patience.allowsInterruption {
            try await beginExchange()
        } else {
            try await turn.take(cancellable: false)
        }
        defer { turn.give() }
        return try await run(.parse(Statement(sql)), patience).commandTag
    }

    /// Runs a fixed statement without the cache; the caller has the turn.
    func roundTrip(_ sql: StaticString, _ patience: Patience) async throws(PostgresError) {
        _ = try await run(.parse(Statement(sql)), patience)
    }

    /// Takes the turn for something new, unless the task is cancelled or the session closed.
    func beginExchange() async throws(PostgresError) {
        if Task.isCancelled { throw PostgresError(.cancelled, "cancelled before the statement was sent") }
        try await turn.take()
        if let closure {
            turn.give()
            throw closure
        }
    }

    /// Tells the server to forget statements that fell out of the cache, when no transaction can suffer from it.
    func deallocateDiscarded() async throws(PostgresError) {
        guard link.handle.transactionState == .idle, let deallocation = cache.takeDeallocation() else { return }
        switch deallocation {
        case .all:
            try await roundTrip("DEALLOCATE ALL", .normal)
        case .names(let names):
            do throws(PostgresError) {
                // The names are made of a counter.
                _ = try await runAll(.script(names.map { "DEALLOCATE \($0)" }.joined(separator: ";")), .normal)
            } catch {
                guard error.sqlState == SQLState.invalidStatementName else { throw error }
                cache.reset()
            }
        }
    }

    private func runPlanned(_ statement: Statement) async throws(PostgresError) -> QueryResult {
        try await deallocateDiscarded()
        let key = StatementCache.Key(statement)
        switch cache.plan(for: key) {
        case .parse:
            return try await run(.parse(statement))
        case .execute(let name):
            return try await run(.execute(name, statement))
        case .prepare(let name):
            do throws(PostgresError) {
                _ = try await run(.prepare(name, statement))
            } catch {
                cache.forget(key)
                throw error
            }
            return try await run(.execute(name, statement))
        }
    }

    private func run(_ request: Request, _ patience: Patience = .normal) async throws(PostgresError) -> QueryResult {
        guard let result = try await runAll(request, patience).last else {
            throw PostgresError(.protocol, "the server sent no result")
        }
        return result
    }

    private func runAll(_ request: Request, _ patience: Patience) async throws(PostgresError) -> [QueryResult] {
        var conversation = QueryConversation<QueryResult>()
        let interruption = try await drive(&conversation, [request], patience: patience)
        if let failure = conversation.failure { throw Self.cause(of: failure, interruption) }
        return conversation.results
    }

    /// The error to report: the interruption, where the server's error is its consequence.
    static func cause(of failure: PostgresError, _ interruption: PostgresError?) -> PostgresError {
        guard let interruption, failure.sqlState == SQLState.queryCanceled else { return failure }
        return interruption
    }

    static func isStale(_ error: PostgresError) -> Bool {
        error.sqlState == SQLState.invalidStatementName || error.sqlState == SQLState.featureNotSupported
    }

    /// Refuses what libpq would refuse in the middle of an exchange.
    static func check(_ statement: Statement) throws(PostgresError) {
        guard statement.sql.hasPointerRepresentation else {
            throw PostgresError(.usage, "a statement of a single character")
        }
        guard statement.parameters.count <= Statement.maximumParameters else {
            throw PostgresError(.usage, "\(statement.parameters.count) parameters are more than the protocol can count")
        }
    }
}
