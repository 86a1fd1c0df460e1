/// How many connections a pool keeps and for how long.
package struct PoolConfiguration: Sendable {
    /// Connections kept open even when nobody needs them.
    package var minimum: Int
    /// The most connections at one time; each is a process of the server.
    package var maximum: Int
    /// How long a connection above the minimum may be idle.
    package var idleTimeout: Duration
    /// How old a connection may become; each lives between 90 % and 100 % of that, so that they do not all end at once.
    package var maximumLifetime: Duration
    /// How long a borrower waits for a connection unless it says otherwise.
    package var leaseDeadline: Duration
    /// The most connection attempts at one time: a server that has just come back is not to be stormed.
    package var connectConcurrency: Int = 2
    /// After how long an idle connection is asked for an answer before it is lent; a link that was cut silently shows
    /// in no other way.
    package var validateAfterIdle: Duration = .seconds(30)
    /// How long that answer may take.
    package var validationTimeout: Duration = .seconds(2)
    /// The pause after failed attempts to connect.
    package var backoff = Backoff()
    /// For how long attempts must have failed, with no connection open, before borrowers are refused at once instead
    /// of being made to wait out their deadlines.
    package var failFastAfter: Duration = .seconds(5)

    package init(
        minimum: Int = 1,
        maximum: Int = 8,
        idleTimeout: Duration = .seconds(300),
        maximumLifetime: Duration = .seconds(3600),
        leaseDeadline: Duration = .seconds(10)
    ) {
        self.minimum = minimum
        self.maximum = maximum
        self.idleTimeout = idleTimeout
        self.maximumLifetime = maximumLifetime
        self.leaseDeadline = leaseDeadline
    }
}
