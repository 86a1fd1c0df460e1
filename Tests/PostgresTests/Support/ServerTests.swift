import TestSupport
import Testing

/// All suites that talk to a real server, one test after the other.
///
/// They share the cluster, and some of them end or stop its processes; run all at once they would also measure how fast
/// it forks.
@Suite(
    .serialized,
    .enabled(if: PostgresServer.isAvailable, "\(PostgresServer.absenceMessage)"),
    .timeLimit(.minutes(10))
)
enum ServerTests {}
