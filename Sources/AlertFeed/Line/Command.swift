package import Safeguarding

/// The first word of a client's line, after its tag.
package enum CommandVerb: String, Sendable, CaseIterable {
    case hello = "HELLO"
    case auth = "AUTH"
    case subscribe = "SUB"
    case filter = "FILTER"
    case showFilter = "FILTER?"
    case acknowledge = "ACK"
    case list = "LIST"
    case show = "SHOW"
    case who = "WHO"
    case claim = "CLAIM"
    case release = "RELEASE"
    case resolve = "RESOLVE"
    case note = "NOTE"
    case mute = "MUTE"
    case confirm = "CONFIRM"
    case unmute = "UNMUTE"
    case mutes = "MUTES"
    case lag = "LAG"
    case limits = "LIMITS"
    case ping = "PING"
    case quit = "QUIT"

    /// The word of the reply: the verb itself, but for PING.
    package var reply: String { self == .ping ? "PONG" : rawValue }

    /// What HELLO announces: the commands of a logged-in session.
    static let capabilities =
        "ack,claim,confirm,filter,lag,limits,list,mute,mutes,note,ping,release,resolve,show,sub,unmute,who"
}

/// A command as it was understood.
package enum Command: Sendable, Hashable {
    case hello(version: Int)
    case authenticate(LoginProof)
    case subscribe(name: String, from: FeedStart, window: Int, filter: FeedFilter, isStanding: Bool = false)
    case filter(name: String, filter: FeedFilter)
    case showFilter(name: String)
    case acknowledge(name: String, seq: Int64)
    case list(after: AlertID?, filter: FeedFilter)
    case show(AlertID)
    case who
    case act(AlertAct)
    case mute(MuteRequest)
    case confirmMute(MuteID)
    case endMute(MuteID)
    case mutes
    case lag
    case limits
    /// The text to repeat, empty for none.
    case ping(String)
    case quit

    package var verb: CommandVerb {
        switch self {
        case .hello: .hello
        case .authenticate: .auth
        case .subscribe: .subscribe
        case .filter: .filter
        case .showFilter: .showFilter
        case .acknowledge: .acknowledge
        case .list: .list
        case .show: .show
        case .who: .who
        case .act(let act): act.kind.verb
        case .mute: .mute
        case .confirmMute: .confirm
        case .endMute: .unmute
        case .mutes: .mutes
        case .lag: .lag
        case .limits: .limits
        case .ping: .ping
        case .quit: .quit
        }
    }
}

extension AlertActKind {
    package var verb: CommandVerb {
        switch self {
        case .claim: .claim
        case .release: .release
        case .resolve: .resolve
        case .note: .note
        }
    }
}

/// A command with the tag that its one reply repeats.
package struct TaggedCommand: Sendable, Hashable {
    package var tag: String?
    package var command: Command

    package init(tag: String? = nil, _ command: Command) {
        self.tag = tag
        self.command = command
    }
}

/// With what a client logs in.
package enum LoginProof: Sendable, Hashable {
    case token(Credential)
    /// The certificate of the TLS connection.
    case certificate

    /// How a refusal is recorded.
    var recordedAs: String {
        switch self {
        case .token(let credential): credential.tokenID
        case .certificate: "certificate"
        }
    }
}

/// A token as a client sent it; never printed.
package struct Credential: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package let tokenID: String
    package let secret: String

    package init(tokenID: String, secret: String) {
        self.tokenID = tokenID
        self.secret = secret
    }

    package var description: String { "(credential)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
