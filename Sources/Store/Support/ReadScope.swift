package import Postgres
package import Safeguarding

/// What a transaction may read under row-level security: a view and the clearances beyond it.
///
/// The settings are local to the transaction, so a connection that goes back to its pool carries nothing on; where a
/// transaction makes none, the policies deny everything.
package struct ReadScope: Sendable, Hashable {
    package var view: View
    package var clearances: Set<Clearance>

    package init(view: View, clearances: Set<Clearance> = []) {
        self.view = view
        self.clearances = clearances
    }

    package init(_ reader: Reader) {
        self.init(view: reader.view, clearances: reader.clearances)
    }

    package init(_ principal: Principal) {
        self.init(view: principal.view, clearances: principal.clearances)
    }

    /// All compartments: for the services that compute both views, and for a report's own agency correcting it.
    package static let everything = ReadScope(view: .full, clearances: Set(Clearance.allCases))

    /// Makes the settings; to be sent inside the transaction, before what it reads.
    package var statement: Statement {
        Statement(
            "SELECT set_config('placeguard.view', $1, true), set_config('placeguard.clearances', $2, true)",
            [.name(view), .text(clearances.map(\.rawValue).sorted().joined(separator: ","))]
        )
    }
}

extension Connection {
    /// Runs the body in a transaction that reads within a scope.
    package func transaction<R>(
        reading scope: ReadScope,
        isolation: Isolation = .readCommitted,
        readOnly: Bool = false,
        _ body: (Connection) async throws -> R
    ) async throws -> R {
        try await transaction(isolation, readOnly: readOnly) { connection in
            _ = try await connection.query(scope.statement)
            return try await body(connection)
        }
    }
}
