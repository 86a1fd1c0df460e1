import Synchronization

/// A connection on loan: queries, pipelines, transactions, COPY.
///
/// The value is valid inside the closure it is passed to. Used after that, every call throws `usage`: the connection
/// beneath may already serve somebody else.
///
/// Calls made at the same time from several tasks run one after the other, in the order of asking. Cancelling a task
/// makes the server cancel its statement; the connection stays usable when the server obeys within the drain timeout,
/// and is closed otherwise. Borrowers must not change session state (SET, LISTEN, temporary tables): it would outlive
/// the loan.
package struct Connection: Sendable {
    let session: Session
    private let lease: UInt64

    init(session: Session, lease: UInt64) {
        self.session = session
        self.lease = lease
    }

    /// Runs one statement and returns all its rows.
    package func query(_ statement: Statement) async throws(PostgresError) -> Rows {
        try checkLease()
        return Rows(try await session.query(statement))
    }

    /// Runs one statement and returns all its rows.
    package func query(
        _ sql: StaticString,
        _ parameters: [PostgresValue] = []
    ) async throws(PostgresError) -> Rows {
        try await query(Statement(sql, parameters))
    }

    /// Sends all statements before awaiting any result: one round trip instead of one each.
    ///
    /// The statements are one transaction unless they stand inside one. Transaction commands and COPY do not belong in
    /// a pipeline.
    ///
    /// - Throws: The first error; `statementIndex` says whose. Nothing of the group has then taken place.
    package func pipeline(_ statements: [Statement]) async throws(PostgresError) -> [Rows] {
        try checkLease()
        return try await session.pipeline(statements).map { Rows($0) }
    }

    /// Runs a statement and passes each row on as it comes, so that memory does not grow with their number.
    ///
    /// When the body throws, the rest of the statement is cancelled, and with it a transaction it stands in.
    package func stream(_ statement: Statement, _ body: (Row) async throws -> Void) async throws {
        try checkLease()
        try await session.beginStream(statement)
        do {
            while let results = try await session.nextRows() {
                for result in results {
                    for row in Rows(result) { try await body(row) }
                }
            }
        } catch {
            await session.endStream()
            throw error
        }
        await session.endStream()
    }

    /// Loads rows in bulk: `COPY table (columns) FROM STDIN (FORMAT binary)`.
    ///
    /// When the body throws, or the task is cancelled, nothing is loaded, and the connection stays usable.
    ///
    /// - Returns: The number of rows the server has taken, which is the number written.
    package func copyIn(
        _ sql: StaticString,
        _ body: (inout CopyWriter) async throws -> Void
    ) async throws -> Int {
        try checkLease()
        try await session.beginCopy(sql)
        var writer = CopyWriter(session: session)
        do {
            try await body(&writer)
            try await writer.finish()
        } catch {
            await session.cancelCopy()
            throw error
        }
        let loaded = try await session.endCopy()
        guard loaded == writer.rowCount else {
            throw PostgresError(.protocol, "\(writer.rowCount) rows were written and \(loaded) counted")
        }
        return loaded
    }

    /// Runs a text of several statements, for the migrator and the bootstrap only.
    ///
    /// - Important: The text is not checked. It must be part of the program, never made from data.
    package func script(_ sql: String) async throws(PostgresError) {
        try checkLease()
        try await session.script(sql)
    }

    /// Throws when the loan is over.
    func checkLease() throws(PostgresError) {
        guard session.lease.load(ordering: .acquiring) == lease else {
            throw PostgresError(.usage, "the connection was used after its lease")
        }
    }
}
