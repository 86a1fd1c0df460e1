/// How far a transaction is kept apart from others (PostgreSQL manual, 13.2).
package enum Isolation: Sendable, CaseIterable {
    case readCommitted
    case repeatableRead
    case serializable

    fileprivate func begin(readOnly: Bool) -> StaticString {
        switch (self, readOnly) {
        case (.readCommitted, false): "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
        case (.readCommitted, true): "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY"
        case (.repeatableRead, false): "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE"
        case (.repeatableRead, true): "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        case (.serializable, false): "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
        case (.serializable, true): "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY"
        }
    }
}

extension Connection {
    /// Runs the body in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// The body may run again only if the caller does so; `isRetryable` says when that helps. A cancellation up to the
    /// COMMIT rolls back. The COMMIT itself is not interrupted, so its outcome is known wherever it can be.
    ///
    /// - Throws: What the body throws; `commitUnknown` if the connection is lost during COMMIT; `server` with 25P02 if
    ///   the body passed over an error that had already doomed the transaction; `usage` inside another transaction.
    package func transaction<R>(
        _ isolation: Isolation = .readCommitted,
        readOnly: Bool = false,
        _ body: (Connection) async throws -> R
    ) async throws -> R {
        try checkLease()
        try await session.enterTransaction(isolation.begin(readOnly: readOnly), readOnly ? .readOnly : .readWrite)
        let result: R
        do {
            result = try await body(self)
            if Task.isCancelled { throw PostgresError(.cancelled, "cancelled before COMMIT") }
        } catch {
            await session.rollBack()
            throw error
        }
        try await session.commit()
        return result
    }
}

extension Session {
    fileprivate func enterTransaction(
        _ begin: StaticString,
        _ mode: TransactionMode
    ) async throws(PostgresError) {
        guard transaction == nil else { throw PostgresError(.usage, "a transaction inside a transaction") }
        transaction = mode
        do throws(PostgresError) {
            _ = try await command(begin)
        } catch {
            transaction = nil
            // An interruption that came too late has left the transaction open.
            if closure == nil, transactionState != .idle { await rollBack() }
            throw error
        }
    }

    /// Undoes the transaction; a connection on which that fails is closed, which undoes it too.
    fileprivate func rollBack() async {
        transaction = nil
        guard closure == nil else { return }
        do throws(PostgresError) {
            _ = try await command("ROLLBACK", patience: .shielded(for: settings.drainTimeout))
        } catch {
            close(error)
        }
    }

    fileprivate func commit() async throws(PostgresError) {
        transaction = nil
        let patience = Patience.shielded(for: settings.responseTimeout ?? Self.commitTimeout)
        let tag: String
        do throws(PostgresError) {
            tag = try await command("COMMIT", patience: patience)
        } catch {
            guard error.code != .server else { throw error }
            throw error.recoded(.commitUnknown, "the connection was lost during COMMIT")
        }
        // The server answers COMMIT of a failed transaction by rolling back, without an error.
        guard tag == "COMMIT" else {
            var diagnostics = ServerDiagnostics()
            diagnostics.severity = "ERROR"
            diagnostics.sqlState = SQLState.failedTransaction
            diagnostics.message = "the transaction had failed before COMMIT"
            throw .server(diagnostics)
        }
    }

    /// How long COMMIT may take where nothing else says so: deferred constraints and synchronous standbys take time.
    private static let commitTimeout = Duration.seconds(120)
}
