package import Safeguarding

/// A mute as the log in memory keeps it.
package struct MemoryMute: Sendable {
    package var id: MuteID
    package var request: MuteRequest
    package var by: Principal
    package var asked: Moment
    package var until: Moment?
    package var begins: Int64?
    package var ends: Int64?

    var isInForce: Bool { begins != nil && ends == nil }

    var live: LiveMute {
        LiveMute(
            id: id,
            by: by.subject,
            until: until ?? asked,
            terms: request.terms.text,
            reason: request.reason,
            isForAll: request.isForAll
        )
    }

    /// Whether an event is not sent to a reader because of it.
    func withholds(_ event: LoggedEvent, _ facts: FeedFacts, from reader: Principal) -> Bool {
        guard let begins, let until, reader.view == by.view, request.isForAll || reader.subject == by.subject else {
            return false
        }
        return event.seq > begins && event.seq < ends ?? .max && event.at < until
            && request.withholds(facts, in: by.view)
    }
}

/// Readers' mutes on a log in memory: the double for tests of the feed, held to the same conformance suite as the real desk.
package struct MemoryMuteDesk: MuteDesk {
    private let log: MemoryAlertLog
    private let exists: @Sendable (LocationID) -> Bool

    /// - Parameter exists: Whether there is such a place: the log knows only of those that events have told of.
    package init(_ log: MemoryAlertLog, exists: @escaping @Sendable (LocationID) -> Bool = { _ in true }) {
        self.log = log
        self.exists = exists
    }

    package func propose(_ request: MuteRequest, by principal: Principal) async throws -> MuteProposal {
        try request.check(by: principal)
        if request.isForAll, let place = request.place, !exists(place) || !log.sees(principal, place) {
            throw MuteRefusal.notOnePlace
        }
        let now = log.now
        let id = try log.withMutes { mutes in
            mutes.removeAll {
                $0.begins == nil && $0.by.subject == principal.subject
                    && $0.asked + MuteRequest.secondsToConfirm < now
            }
            let own = mutes.filter { $0.by.subject == principal.subject }
            guard
                max(own.count { $0.isInForce }, own.count { $0.begins == nil }) < MuteRequest.mostInForce
            else { throw MuteRefusal.tooMany }
            let number = UInt64(mutes.count + 1)
            let id = MuteID(UniqueID(high: 0x0190_0000_0000_7001, low: 0x8000_0000_0000_0000 | number))
            mutes.append(MemoryMute(id: id, request: request, by: principal, asked: now))
            return id
        }
        let seen = try log.seen(by: principal)
        return MuteProposal(
            id: id,
            openAlerts: seen.open.count { request.withholds($0, in: principal.view) },
            recentEvents: seen.logged.count { request.withholds($0.facts, in: principal.view) }
        )
    }

    package func confirm(_ mute: MuteID, by principal: Principal) async throws -> LiveMute {
        let now = log.now
        let (known, live) = try log.withMutes { mutes in
            guard
                let index = mutes.firstIndex(where: {
                    $0.id == mute && $0.by.subject == principal.subject && $0.by.view == principal.view
                }), mutes[index].ends == nil
            else { throw MuteRefusal.unknown }
            guard !mutes[index].isInForce else { return (true, mutes[index].live) }
            guard now <= mutes[index].asked + MuteRequest.secondsToConfirm else { throw MuteRefusal.unknown }
            let inForce = mutes.count { $0.isInForce && $0.by.subject == principal.subject }
            guard inForce < MuteRequest.mostInForce else { throw MuteRefusal.tooMany }
            mutes[index].until = now + mutes[index].request.seconds
            return (false, mutes[index].live)
        }
        if !known { try tell(live, .muted, in: principal.view) { $0.begins = $1 } }
        return live
    }

    package func end(_ mute: MuteID, by principal: Principal) async throws {
        let found = try log.withMutes { mutes in
            mutes.first {
                $0.id == mute && $0.by.view == principal.view && $0.begins != nil
                    && ($0.by.subject == principal.subject || ($0.request.isForAll && principal.role == .steward))
            }
        }
        guard let found, found.by.subject == principal.subject || isSeen(found, by: principal) else {
            throw MuteRefusal.unknown
        }
        if found.isInForce { try tell(found.live, .unmuted, in: principal.view) { $0.ends = $1 } }
    }

    package func mutes(for principal: Principal) async throws -> [LiveMute] {
        let now = log.now
        return try log.withMutes { mutes in
            mutes.filter {
                $0.isInForce && $0.by.view == principal.view && $0.until ?? now > now
                    && ($0.request.isForAll || $0.by.subject == principal.subject)
            }
        }.filter { !$0.request.isForAll || isSeen($0, by: principal) }.map(\.live)
    }

    private func isSeen(_ mute: MemoryMute, by principal: Principal) -> Bool {
        mute.request.place.map { log.sees(principal, $0) } ?? true
    }

    package func endOverdue() async throws -> Int {
        let now = log.now
        let overdue = try log.withMutes { mutes in mutes.filter { $0.isInForce && $0.until ?? now <= now } }
        for mute in overdue { try tell(mute.live, .unmuted, in: mute.by.view) { $0.ends = $1 } }
        return overdue.count
    }

    private func tell(
        _ live: LiveMute,
        _ type: EventType,
        in view: View,
        _ note: (inout MemoryMute, Int64) -> Void
    ) throws {
        let request = try log.withMutes { mutes in mutes.first { $0.id == live.id }?.request }
        let withheld = type == .unmuted ? try withheld(by: live.id) : nil
        let place = live.isForAll ? request?.place : nil
        let event = log.publish(
            AlertID(live.id.value),
            in: view,
            facts: FeedFacts(
                type: type,
                urgency: .low,
                location: place,
                areas: place.map { log.areas(of: $0, in: view) } ?? [],
                audience: live.isForAll ? nil : live.by
            ),
            body: live.body(withheld: withheld, marking: "TEST"),
            closes: true
        )
        try log.withMutes { mutes in
            guard let index = mutes.firstIndex(where: { $0.id == live.id }) else { return }
            note(&mutes[index], event.seq)
        }
    }

    private func withheld(by id: MuteID) throws -> Int? {
        guard let mute = try log.withMutes({ mutes in mutes.first { $0.id == id } }) else { return nil }
        return try log.seen(by: mute.by).logged.count { mute.withholds($0.event, $0.facts, from: mute.by) }
    }
}
