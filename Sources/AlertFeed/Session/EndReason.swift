/// Why a session ended, as BYE and the subscription's record say it.
package enum EndReason: String, Sendable, CaseIterable {
    /// The client asked.
    case quit
    /// No login in time, too many refused ones, or the place was needed.
    case login
    case idle
    case slow
    /// A newer connection took a subscription's name.
    case replaced
    case revoked
    case drain
    /// The connection broke; there is no BYE.
    case lost
    case lineTooLong = "line-too-long"
    /// Commands kept coming faster than allowed.
    case flood
    case epochChanged = "epoch-changed"
    case tooOld = "too-old"
    /// The server contradicted itself; the connection is given up rather than the order of events.
    case failed = "internal"

    /// Whether a client should come back by itself: not where that would fight a newer connection or be refused for good.
    package var invitesReturn: Bool {
        switch self {
        case .quit, .replaced, .revoked, .lost, .lineTooLong: false
        default: true
        }
    }
}
