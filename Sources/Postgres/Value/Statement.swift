/// One SQL statement with its binary parameters.
///
/// The text is a `StaticString`, so it is part of the program: SQL can never be built from data. The extended protocol
/// it is sent with refuses more than one statement (42601).
package struct Statement: Sendable {
    package let sql: StaticString
    package let parameters: [PostgresValue]

    package init(_ sql: StaticString, _ parameters: [PostgresValue] = []) {
        self.sql = sql
        self.parameters = parameters
    }

    /// The most parameters the protocol can count (a 16-bit field); libpq refuses one more.
    package static let maximumParameters = 65_535
}
