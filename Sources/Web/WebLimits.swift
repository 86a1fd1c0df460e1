package import NIOCore

/// What the web server allows; each number with its reason.
///
/// All of them may be configured by name.
package struct WebLimits: Sendable, Hashable {
    /// Connections from one address (of IPv6, one /64 network): a control room behind one address with room to spare.
    package var connectionsPerAddress = 128
    /// Connections in all: with the feed's they stay under a usual limit of open files.
    package var connections = 4_096
    /// Time from connecting to the end of the first request's head.
    ///
    /// Apache's `RequestReadTimeout` begins with the same.
    package var headTimeout = TimeAmount.seconds(20)
    /// Time between two requests of a connection, the head of the second included.
    package var keepAlive = TimeAmount.seconds(75)
    /// Time for a body before its rate counts, and bytes a second from then on (Apache's `RequestReadTimeout`).
    package var bodyGrace = TimeAmount.seconds(20)
    package var bodyBytesPerSecond = 500
    /// Time for which a client may take nothing of an answer.
    package var writeStall = TimeAmount.seconds(30)
    /// Time for which what a refused client still sends is read and dropped, so that it gets to read the answer.
    package var linger = TimeAmount.seconds(2)
    /// Bytes of one header field, and fields of one request: tokens are short and we set no cookies.
    package var headerFieldBytes = 8 * 1_024
    package var headerFields = 64
    /// Time that reading from the store, or recording a steward's action, may take before the caller is told to wait.
    package var requestTimeout = Duration.seconds(30)
    /// Time for which accepted requests may finish on shutdown before their connections are cut.
    package var drain = Duration.seconds(20)
    /// Bytes of a CSV sent over HTTP: it is held in memory while its digest is taken.
    ///
    /// Larger files go through
    /// `placeguard import reports`.
    package var importBytes = 16 * 1_024 * 1_024
    /// Lines of such a file: each has an entry in the answer, which is held in memory too.
    package var importLines = 50_000
    /// Time in which such a file has to come in, since one is taken at a time.
    package var importTime = Duration.seconds(120)
    /// Time after which a request that is still coming in is asked again whether its token holds.
    package var credentialAge = Duration.seconds(5)
    /// Refused logins of one address in a minute that are recorded one by one; further ones are told to slow down.
    package var refusedLogins = 60

    package init() {}
}
