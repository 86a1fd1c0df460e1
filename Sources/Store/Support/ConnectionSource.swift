package import Postgres

/// Where a repository gets its connection from: a role's pool in the daemon, one connection on the command line.
package protocol ConnectionSource: Sendable {
    /// Lends a connection to the body.
    ///
    /// - Throws: `PostgresError` where none is to be had; else what the body throws.
    func lend<R>(_ body: (Connection) async throws -> R) async throws -> R
}

extension ConnectionPool: ConnectionSource {
    package func lend<R>(_ body: (Connection) async throws -> R) async throws -> R {
        try await withConnection(deadline: nil, body)
    }
}

/// One connection lent again and again, for commands that do one thing after the other.
package struct SingleConnection: ConnectionSource {
    private let connection: Connection

    package init(_ connection: Connection) {
        self.connection = connection
    }

    package func lend<R>(_ body: (Connection) async throws -> R) async throws -> R {
        try await body(connection)
    }
}

extension ConnectionSource {
    /// Lends a connection and sorts failures by what a caller can do about them.
    package func lend<R>(while activity: String, _ body: (Connection) async throws -> R) async throws -> R {
        do {
            return try await lend(body)
        } catch {
            throw StoreError.leaving(error, while: activity)
        }
    }

    /// A transaction on a lent connection, run again when others got in its way (40001, 40P01).
    ///
    /// - Parameter body: May run several times; its effects outside the database must bear that.
    package func transaction<R>(
        while activity: String,
        reading scope: ReadScope? = nil,
        isolation: Isolation = .readCommitted,
        readOnly: Bool = false,
        _ body: (Connection) async throws -> R
    ) async throws -> R {
        var attempt = 1
        while true {
            do {
                return try await lend { connection in
                    guard let scope else {
                        return try await connection.transaction(isolation, readOnly: readOnly, body)
                    }
                    return try await connection.transaction(
                        reading: scope,
                        isolation: isolation,
                        readOnly: readOnly,
                        body
                    )
                }
            } catch {
                guard let failure = error as? PostgresError, failure.isRetryable, attempt < StoreLimits.attempts else {
                    throw StoreError.leaving(error, while: activity)
                }
                attempt += 1
            }
        }
    }
}
