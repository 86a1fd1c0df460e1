/// COPY FROM STDIN.
extension Session {
    /// Starts COPY; the turn is kept until `endCopy`, unless this throws.
    func beginCopy(_ sql: StaticString) async throws(PostgresError) {
        try Self.check(Statement(sql))
        try await beginExchange()
        copy = CopyConversation()
        do throws(PostgresError) {
            let interruption = try await driveCopy([.parse(Statement(sql))])
            if let failure = copy.failure { throw Self.cause(of: failure, interruption) }
            if let interruption {
                try await abortCopy()
                throw interruption
            }
            guard copy.isOpen else { throw PostgresError(.usage, "the statement is not COPY FROM STDIN") }
        } catch {
            turn.give()
            throw error
        }
    }

    /// Sends data and returns when the kernel has taken all of it.
    ///
    /// - Throws: What the server says, if it has ended COPY by itself.
    func putCopy(_ bytes: [UInt8]) async throws(PostgresError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard copy.isOpen else { throw copy.failure ?? PostgresError(.usage, "COPY has ended") }
            let chunk = rest.prefix(Self.copyChunkLimit)
            rest = rest.dropFirst(Self.copyChunkLimit)
            let interruption = try await driveCopy([], chunk: chunk)
            if let failure = copy.failure { throw Self.cause(of: failure, interruption) }
            if let interruption { throw interruption }
        }
    }

    /// Ends COPY and returns the number of rows; gives the turn back.
    func endCopy() async throws(PostgresError) -> Int {
        defer { turn.give() }
        copy.prepareEnd(abortingBecause: nil)
        let interruption = try await driveCopy([])
        if let failure = copy.failure { throw Self.cause(of: failure, interruption) }
        return copy.result?.affected ?? 0
    }

    /// Ends COPY without effect and gives the turn back; a connection that does not obey is closed.
    func cancelCopy() async {
        defer { turn.give() }
        do throws(PostgresError) {
            try await abortCopy()
        } catch {
            close(error)
        }
    }

    private func abortCopy() async throws(PostgresError) {
        guard copy.isOpen, closure == nil else { return }
        copy.prepareEnd(abortingBecause: "aborted by the client")
        _ = try await driveCopy([], patience: .shielded(for: settings.drainTimeout))
    }

    /// Drives the COPY under way; nobody else touches it meanwhile, since this exchange has the turn.
    private func driveCopy(
        _ requests: [Request],
        chunk: ArraySlice<UInt8> = [],
        patience: Patience = .normal
    ) async throws(PostgresError) -> PostgresError? {
        var conversation = copy
        defer { copy = conversation }
        return try await drive(&conversation, requests, chunk: chunk, patience: patience)
    }

    /// The most handed to libpq at one time: with much more, its buffer handling becomes quadratic.
    static let copyChunkLimit = 128 * 1024
}
