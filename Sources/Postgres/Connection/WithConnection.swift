package import Logging

/// Connects, lends the connection to the body, and closes it: for the migrator and the command line.
///
/// - Throws: What connecting or the body throws.
package func withConnection<R>(
    _ settings: ConnectionSettings,
    readiness: any Readiness,
    logger: Logger = Logger(label: "placeguard.postgres"),
    _ body: (Connection) async throws -> R
) async throws -> R {
    let session = try await Session.connect(settings, readiness: readiness, logger: logger)
    do {
        let result = try await body(Connection(session: session, lease: session.beginLease()))
        _ = await session.endLease()
        await session.close()
        return result
    } catch {
        _ = await session.endLease()
        await session.close()
        throw error
    }
}

/// As above, with a reactor of its own for the time being.
package func withConnection<R>(
    _ settings: ConnectionSettings,
    logger: Logger = Logger(label: "placeguard.postgres"),
    _ body: (Connection) async throws -> R
) async throws -> R {
    let reactor = try EpollReactor()
    return try await withConnection(settings, readiness: reactor, logger: logger, body)
}
