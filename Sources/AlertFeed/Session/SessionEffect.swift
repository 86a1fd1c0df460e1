package import Safeguarding

/// What a session needs from outside to answer a command; exactly one at a time.
package enum SessionEffect: Sendable, Hashable {
    case checkCredential(Credential)
    /// Of the connection that the session has.
    case checkCertificate
    /// The login was refused: record it and let the time pass that the address or the id has earned.
    case punishRefusal(tokenID: String)
    /// Take a place for the user and read where the log stands.
    case enter(Principal)
    case subscribe(Principal, name: String, from: FeedStart, filter: FeedFilter, isStanding: Bool)
    case acknowledge(FeedSubscription, seq: Int64, sent: Int64)
    case auditFilter(Principal, name: String, filter: FeedFilter)
    case list(Principal, after: AlertID?, filter: FeedFilter)
    case readCursors(Principal)
    case act(Principal, AlertAct)
    case show(Principal, AlertID)
    case listPresent(Principal)
    case proposeMute(Principal, MuteRequest)
    case confirmMute(Principal, MuteID)
    case endMute(Principal, MuteID)
    case listMutes(Principal)
}

/// How an effect came out.
package enum SessionOutcome: Sendable, Hashable {
    /// Nil: the token is unknown, wrong, revoked or out of date.
    case credentialChecked(Principal?)
    /// Likewise, with the certificate's last moment.
    case certificateChecked(Principal?, until: Moment)
    case punished
    case entered(LogPosition)
    case tooManyConnections
    case subscribed(SubscriptionStart)
    case acknowledged
    case audited
    /// One more than a page where there is more.
    case listed([OpenAlertLine])
    case cursors([CursorLine])
    case acted(AlertActReceipt)
    /// The act was not done.
    case actRefused(AlertActRefusal)
    /// Nil: there is no such alert for this reader.
    case shown(AlertHistory?)
    case present([PresentPerson])
    case muteProposed(MuteProposal)
    case muteConfirmed(LiveMute)
    case muteEnded
    case mutes([LiveMute])
    case muteRefused(MuteRefusal)
    /// The log refused.
    case refused(FeedRefusal)
    /// The database did not answer in time or at all.
    case unavailable
    /// Something that is nobody's fault but the program's.
    case failed
}

/// What a session wants done between commands, to deliver; one at a time, beside the effect.
package enum DeliveryWork: Sendable, Hashable {
    case readPage(PageRequest)
    /// Move the durable cursor of a subscription with nothing unacknowledged.
    case advance(FeedSubscription, readTo: Int64)
}

/// One page read of one subscription.
package struct PageRequest: Sendable, Hashable {
    package var read: PageRead
    /// Positions between what was read and the head of the log, as far as is known.
    package var behind: Int64
    /// Which filter of the subscription the page is read with; a page of an earlier one is thrown away.
    package var filterRevision: Int

    package var subscription: FeedSubscription { read.subscription }
}

/// How a page read came out.
package enum PageOutcome: Sendable, Hashable {
    case read(events: UnsentEvents, readTo: Int64, position: LogPosition)
    case refused(FeedRefusal)
    case unavailable
}

/// Events sent to one subscription since the last audit row: numbers and codes only.
package struct DeliveredRange: Sendable, Hashable {
    package var name: String
    package var from: Int64
    package var to: Int64
    package var count: Int

    package var detail: String { "name=\(name) from=\(from) to=\(to) events=\(count)" }
}
