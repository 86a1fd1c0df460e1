/// Rows while they come.
extension Session {
    /// Sends a statement whose rows are to be taken one by one; the turn is kept until `endStream`.
    func beginStream(_ statement: Statement) async throws(PostgresError) {
        try Self.check(statement)
        try await beginExchange()
        stream = QueryConversation(isIncremental: true)
        do throws(PostgresError) {
            try await driveStream([.parse(statement)])
        } catch {
            await endStream()
            throw error
        }
    }

    /// The rows that have come in, waiting for the first of them; nil at the end.
    func nextRows() async throws(PostgresError) -> [QueryResult]? {
        while true {
            let rows = stream.takeResults()
            if Task.isCancelled { throw PostgresError(.cancelled, "cancelled while reading rows") }
            if !rows.isEmpty { return rows }
            if stream.isOver {
                if let error = stream.failure { throw error }
                return nil
            }
            try await driveStream([])
        }
    }

    /// Gives the turn back; what has not been read is cancelled and passed over.
    func endStream() async {
        defer { turn.give() }
        guard !stream.isOver, closure == nil else { return }
        let deadline = ContinuousClock.now + settings.drainTimeout
        guard await canceller.requestCancel(deadline: deadline) else {
            close(PostgresError(.timeout, "the statement could not be cancelled in time"))
            return
        }
        do throws(PostgresError) {
            while !stream.isOver {
                _ = stream.takeResults()
                _ = try await driveOnce([], .until(deadline))
            }
        } catch {
            close(error)
        }
    }

    private func driveStream(_ requests: [Request]) async throws(PostgresError) {
        if let interruption = try await driveOnce(requests, .normal) { throw interruption }
    }

    /// Drives the stream under way; nobody else touches it meanwhile, since this exchange has the turn.
    private func driveOnce(
        _ requests: [Request],
        _ patience: Patience
    ) async throws(PostgresError) -> PostgresError? {
        var conversation = stream
        defer { stream = conversation }
        return try await drive(&conversation, requests, singleRows: !requests.isEmpty, patience: patience)
    }
}
