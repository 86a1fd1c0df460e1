import Safeguarding

// HELLO and AUTH: who is there, and may they read the feed.
extension SessionMachine {
    mutating func hello(_ version: Int, tag: String?) throws(FeedError) -> SessionActions {
        guard phase == .connected else { throw SessionMachine.wrongState }
        guard version == 1 else {
            throw FeedError(.version, "this server speaks version 1", LineField("supported", 1))
        }
        phase = .greeted
        return answer(tag, .hello, [LineField("caps", CommandVerb.capabilities).text])
    }

    mutating func authenticate(_ proof: LoginProof, tag: String?) throws(FeedError) -> SessionActions {
        guard phase == .greeted else { throw SessionMachine.wrongState }
        pending = Pending(tag: tag, command: .authenticate(proof))
        validUntil = nil
        switch proof {
        case .token(let credential): return SessionActions(effect: .checkCredential(credential))
        case .certificate: return SessionActions(effect: .checkCertificate)
        }
    }

    /// The answer to AUTH comes in up to three steps: the credential, a place for the user, the position of the log.
    mutating func login(
        _ outcome: SessionOutcome,
        _ proof: LoginProof,
        tag: String?,
        at now: FeedInstant
    ) -> SessionActions {
        switch outcome {
        case .certificateChecked(let principal, let until):
            validUntil = until
            return login(.credentialChecked(until > now.wall ? principal : nil), proof, tag: tag, at: now)
        case .credentialChecked(nil):
            pending = Pending(tag: tag, command: .authenticate(proof))
            return SessionActions(effect: .punishRefusal(tokenID: proof.recordedAs))
        case .punished: return refuseLogin(tag)
        case .credentialChecked(let principal?):
            guard principal.role.readsFeed else {
                let error = FeedError(.forbidden, "this token does not read the feed")
                return SessionActions(lines: [.error(tag: tag, error)])
            }
            pending = Pending(tag: tag, command: .authenticate(proof))
            entering = principal
            return SessionActions(effect: .enter(principal))
        case .entered(let position):
            guard let principal = entering else { return ending(.failed) }
            entering = nil
            phase = .loggedIn(principal)
            view = principal.view
            self.position = position
            return answer(tag, .auth, SessionMachine.welcome(principal, position).map(\.text))
        case .tooManyConnections:
            entering = nil
            let error = FeedError(.slowDown, "too many connections of this user", retry())
            return SessionActions(lines: [.error(tag: tag, error)])
        case .unavailable:
            entering = nil
            return SessionActions(lines: [.error(tag: tag, unavailable())])
        case .failed:
            entering = nil
            return SessionActions(lines: [.error(tag: tag, SessionMachine.failure)])
        default: return ending(.failed)
        }
    }

    private mutating func refuseLogin(_ tag: String?) -> SessionActions {
        refusedLogins += 1
        let left = max(0, limits.loginTries - refusedLogins)
        let refusal = ServerLine.error(
            tag: tag,
            FeedError(.authRequired, "the token is not accepted", LineField("tries", left))
        )
        return left > 0 ? SessionActions(lines: [refusal]) : ending(.login, after: [refusal])
    }

    private static func welcome(_ principal: Principal, _ position: LogPosition) -> [LineField] {
        [
            LineField("as", principal.subject), LineField("areas", areasText(principal.areas)),
            LineField("epoch", position.epoch), LineField("head", position.head), LineField("floor", position.floor),
        ]
    }

    /// Codes with commas, `*` for every area; what would make the line too long is given as a count, `+n`.
    private static func areasText(_ areas: [String]) -> String {
        guard !areas.isEmpty else { return "*" }
        let all = areas.joined(separator: ",")
        guard all.utf8.count > FeedLimits.areasText else { return all }
        var text = ""
        for (index, area) in areas.enumerated() {
            let next = (index > 0 ? "," : "") + area
            guard text.utf8.count + next.utf8.count <= FeedLimits.areasText - 8 else {
                return text + ",+\(areas.count - index)"
            }
            text += next
        }
        return text
    }

    func draining() -> FeedError {
        FeedError(.draining, "the server is stopping", LineField("retry", limits.retry.upperBound))
    }

    static let failure = FeedError(.internalError, "the server could not do that")

    mutating func unavailable() -> FeedError {
        FeedError(.databaseUnavailable, "the database does not answer", retry())
    }

    mutating func retry() -> LineField { LineField("retry", jitter.pick(limits.retry)) }
}

extension TokenRole {
    /// Whether the role reads the feed: coordinators do, and stewards who look after it; the others have other ways.
    var readsFeed: Bool {
        switch self {
        case .coordinator, .steward: true
        case .reporter, .meeting: false
        }
    }
}
