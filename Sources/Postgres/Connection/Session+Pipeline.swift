/// Statements sent together.
extension Session {
    /// Runs statements in one pipeline with one synchronisation point.
    ///
    /// Outside a transaction the group is one transaction of its own. Run anew once, as a whole, when a prepared
    /// statement turns out to be no longer valid.
    ///
    /// - Throws: The first error, with the number of its statement.
    func pipeline(_ statements: [Statement]) async throws(PostgresError) -> [QueryResult] {
        for statement in statements { try Self.check(statement) }
        guard !statements.isEmpty else { return [] }
        try await beginExchange()
        defer { turn.give() }
        try await deallocateDiscarded()
        let wasIdle = link.handle.transactionState == .idle
        do throws(PostgresError) {
            return try await runPipeline(statements)
        } catch {
            guard wasIdle, Self.isStale(error), closure == nil, cache.reset() else { throw error }
            return try await runPipeline(statements)
        }
    }

    /// A statement that is being prepared in the pipeline.
    private struct Preparation {
        var command: Int
        var key: StatementCache.Key
    }

    private func runPipeline(_ statements: [Statement]) async throws(PostgresError) -> [QueryResult] {
        var requests: [Request] = []
        var preparations: [Preparation] = []
        // For each command, the statement it belongs to.
        var owners: [Int] = []
        for (index, statement) in statements.enumerated() {
            let key = StatementCache.Key(statement)
            switch cache.plan(for: key) {
            case .parse:
                requests.append(.parse(statement))
            case .execute(let name):
                requests.append(.execute(name, statement))
            case .prepare(let name):
                preparations.append(Preparation(command: requests.count, key: key))
                owners.append(index)
                requests.append(.prepare(name, statement))
                requests.append(.execute(name, statement))
            }
            owners.append(index)
        }

        guard link.handle.enterPipeline() else {
            let error = PostgresError(.protocol, "libpq refused pipeline mode", secret: link.handle.errorMessage)
            close(error)
            throw error
        }
        var conversation = PipelineConversation<QueryResult>(commandCount: requests.count)
        defer {
            for preparation in preparations where conversation.results[preparation.command] == nil {
                cache.forget(preparation.key)
            }
        }
        let interruption = try await drive(&conversation, requests)
        if closure == nil, !link.handle.exitPipeline() {
            close(PostgresError(.protocol, "libpq did not leave pipeline mode", secret: link.handle.errorMessage))
        }
        if let (command, error) = conversation.failure {
            throw Self.cause(of: error, interruption).at(statement: owners[command])
        }
        return try Self.results(conversation.results, owners: owners)
    }

    /// Of each statement's commands the last is the one that ran it.
    private static func results(
        _ results: [QueryResult?],
        owners: [Int]
    ) throws(PostgresError) -> [QueryResult] {
        var byStatement: [QueryResult] = []
        for (command, result) in results.enumerated() {
            guard let result else { throw PostgresError(.protocol, "a pipelined statement has no result") }
            let isLast = command + 1 == owners.count || owners[command + 1] != owners[command]
            if isLast { byStatement.append(result) }
        }
        return byStatement
    }
}
