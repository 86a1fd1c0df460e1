/// Every limit of FEED/1 with its reason (PROTOCOL.md "Limits").
///
/// The static ones are part of the protocol and the same everywhere; the others are an operator's to change.
package struct FeedLimits: Sendable, Hashable {
    // MARK: The protocol's

    /// Bytes of a client's line with its LF: the longest command is a SUB with a filter of 512 bytes.
    package static let clientLine = 1_024
    /// Bytes of a server's line with its LF: an event body is about 600; what is longer is sent in short form.
    package static let serverLine = 8_192
    /// Bytes of a subscription's name: a desk or a shift, not a sentence.
    package static let name = 32
    /// Bytes of a client's tag: a counter.
    package static let tag = 16
    /// Bytes of a coordinator's own key for an act: a UUID, or a desk and a counter.
    package static let actionID = 64
    /// Bytes of one word of HELLO, of a token id or of an epoch: twice a UUID.
    package static let word = 72
    /// Bytes of a token's secret: 256 bits in hexadecimal are 64.
    package static let secret = 128
    /// Terms of a filter: more is a saved search, which belongs to a person's areas.
    package static let filterTerms = 16
    /// Bytes of a filter, so that SUB fits a line.
    package static let filterBytes = 512
    /// Metres of a `near` term: wider than any partnership.
    package static let nearMetres = 100_000
    /// Unacknowledged events in flight where SUB names no window: minutes of the worst day.
    package static let windowDefault = 256
    /// The largest window: eight pages, so that none is cut short because the last ones are on their way, and 64 KiB of positions.
    /// With two pages the readers of a busy log come apart, each at a position of its own: it was a tenth less for 200.
    package static let windowMaximum = 8_192
    /// Events of one page: large enough to keep a link busy, small enough to take turns. Readers of one look share its bytes, and
    /// the more there are the less the rest costs: at 1,000 the server of 200 readers hands on twice the lines of 200.
    package static let page = 1_000
    /// A page that the log fills is shortened by at most half to end at a multiple of this where no filter leaves anything out, so
    /// that readers who have come apart meet again.
    static let pageStep: Int64 = 200
    /// Bytes of one page; the rest is read again. It bounds what waits for a reader who has stopped: two pages of each subscription,
    /// and two more whose parts are on their way; lines are shared by all who are sent the same, rows are of one reader.
    package static let pageBytes = 786_432
    /// Subscriptions whose pages, and sessions whose acknowledgements, are asked of the database together.
    package static let pagesTogether = 256
    /// Positions behind the head past which a subscription catches up apart from the live ones.
    package static let farBehind: Int64 = 10_000
    /// Lines of one LIST reply.
    package static let listLines = 200
    /// Bytes of `areas=` in the answer to AUTH, so that the line fits.
    package static let areasText = 4_096

    // MARK: Connections

    /// Connections in all: about 6 KiB each without traffic.
    package var connections = 2_048
    /// Connections of one person: desks, a wall screen and a few scripts.
    package var connectionsPerUser = 16
    /// Connections from one address: an office behind one router.
    package var connectionsPerAddress = 128
    /// Connections that have not logged in, in all; the oldest goes first. Twice the readers of a large partnership, who all come
    /// back at once after a restart: with 256 places, 308 of 500 were sent away for up to half a minute.
    package var waiting = 1_024
    /// Connections from one address that have not logged in; the oldest goes first.
    package var waitingPerAddress = 16
    /// Of `waiting`, places kept for addresses that have logged in before, so that silent strangers shut nobody out.
    package var waitingReserve = 256
    /// Addresses remembered as known, and as refused: a partnership has hundreds.
    package var addressesRemembered = 4_096
    /// Connections accepted in a second; a TLS handshake costs about a millisecond of a core.
    package var acceptsPerSecond = 500
    /// Refusals being written at a time; past it a connection is closed without a word.
    package var refusalsAtOnce = 64

    // MARK: Login

    /// Time for TLS, HELLO and AUTH together.
    package var login: Duration = .seconds(10)
    /// Refused AUTHs before the connection is closed.
    package var loginTries = 3
    /// Delay of the answer to the first refused AUTH of an address; it doubles with each further one.
    package var loginDelay: Duration = .seconds(1)
    /// The longest delay, below the login time.
    package var loginDelayMaximum: Duration = .seconds(4)
    /// After this long without a refusal an address starts again.
    package var loginForgiveness: Duration = .seconds(300)

    // MARK: A session

    /// Subscriptions of one connection, as many as a user may have.
    package var subscriptions = 16
    /// Commands a second: people type one, scripts acknowledge ten times a second.
    package var commandsPerSecond = 20
    /// Commands at once: a script's opening.
    package var commandBurst = 60
    /// Commands refused for their rate, without a rest between, before the connection is closed.
    package var commandStrikes = 20
    /// Silence after which the server says that it lives (APRS-IS).
    package var heartbeat: Duration = .seconds(20)
    /// Silence of a client that pings every 60 s: two misses.
    package var idleAfterPing: Duration = .seconds(120)
    /// Silence of a client that never pinged: a person at a terminal.
    package var idle: Duration = .seconds(900)
    /// Time in which the socket takes no byte (aprsc).
    package var stall: Duration = .seconds(25)
    /// Bytes waiting for one client, in our memory: half collecting, half being written.
    package var output = 262_144
    /// With nothing unacknowledged, the cursor is moved this often, so that a narrow filter never ends in 410.
    package var advanceEvery: Duration = .seconds(60)
    /// Delivered events for one row of the audit, and the longest time one row covers.
    package var auditEvents = 1_000
    package var auditEvery: Duration = .seconds(60)

    /// Days that the log is kept: whoever was away for longer is told (410).
    package var retentionDays = 90

    // MARK: Ends

    /// Time for the last acknowledgements when the server stops.
    package var drainGrace: Duration = .seconds(10)
    /// Sessions with nothing unacknowledged are closed over this time.
    package var drainSpread: Duration = .seconds(2)
    /// Seconds after which a client is asked to come back.
    package var retry: ClosedRange<Int> = 2...30
    /// Time for the last lines to leave after the session has ended.
    package var linger: Duration = .seconds(2)

    // MARK: Housekeeping

    /// Clock tick of sessions, poll of the log's position, check of credentials.
    package var tick: Duration = .seconds(1)
    /// Time a command waits for the database before it answers 503; an acknowledgement may wait for those before it as long again.
    package var databasePatience: Duration = .seconds(5)
    /// Statements that read pages at a time, half of them for those that catch up: few, so that those who ask meanwhile are
    /// answered together, and connections are left to intake.
    package var pageReaders = 4
    /// After a look for readers who keep up nothing is looked for twice as long as it took, but no longer than this: much below the
    /// quarter of a second in which an event is to be with its readers. At 200 readers that is 1.5 times the lines of not
    /// resting, for less work of the database.
    package var longestLookRest: Duration = .milliseconds(50)
    /// The same for acknowledgements; after few of them it is half of the time that they took.
    package var longestAcknowledgementRest: Duration = .milliseconds(25)
    /// Ticks between two looks at what changes slowly: exercises due, filters that can match nothing, certificate files.
    package var noticeTicks = 60

    package init() {}

    package static let standard = FeedLimits()

    /// Bytes that may collect before they are written: the other half is on its way.
    var collecting: Int { output / 2 }
    /// Commands wait while more than this is collecting.
    var commandRoom: Int { collecting / 4 }
    /// Bytes of one LIST reply, which fits beside what a command finds collecting.
    var listBytes: Int { collecting - commandRoom }
}
