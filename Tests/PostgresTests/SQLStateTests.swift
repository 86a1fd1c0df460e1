import Testing

@testable import Postgres

struct SQLStateTests {
    @Test(
        arguments: [
            ("connection to server at \"x\" failed: FATAL:  28P01: password authentication failed", "28P01"),
            ("FATAL:  3D000: database \"x\" does not exist\nLOCATION:  InitPostgres, postinit.c:885", "3D000"),
            ("first: FATAL:  57P03: starting\nsecond: FATAL:  53300: too many", "53300"),
            ("could not translate host name", nil), ("", nil), ("FATAL:  28p01: x", nil), ("FATAL: 28P01: x", nil),
        ] as [(String, String?)]
    )
    func `is found in what libpq says while connecting`(message: String, code: String?) {
        #expect(SQLState.find(inVerbose: message) == code)
    }

    @Test(arguments: ["08000", "08006", "25006", "57P01", "57P02", "57P03"])
    func `means that the connection is of no more use`(code: String) {
        #expect(PostgresError.server(.error(code)).isConnectionLoss)
    }

    @Test(arguments: ["08P01", "57014", "25P02", "23505", "53300", "0A000"])
    func `means nothing of the kind`(code: String) {
        #expect(!PostgresError.server(.error(code)).isConnectionLoss)
    }

    @Test func `tells what may succeed when run again`() {
        #expect(PostgresError.server(.error("40001")).isRetryable)
        #expect(PostgresError.server(.error("40P01")).isRetryable)
        #expect(!PostgresError.server(.error("40002")).isRetryable)
        #expect(PostgresError.server(.error("23505")).isUniqueViolation)
    }
}

struct PostgresErrorTests {
    private let error = PostgresError.server(
        ServerDiagnostics(
            severity: "ERROR",
            sqlState: "23505",
            message: "duplicate key",
            detail: "Key (name)=(a secret) already exists.",
            table: "person",
            constraint: "person_name_key"
        )
    )

    @Test func `the description is safe to log`() {
        #expect(
            error.at(statement: 3).description
                == "postgres server: the server refused the statement (SQLSTATE 23505, constraint person_name_key)"
                + " at statement 3"
        )
    }

    @Test func `the debug description has everything`() {
        #expect(error.debugDescription.contains("a secret"))
        #expect(error.debugDescription.contains("table: person"))
    }
}
