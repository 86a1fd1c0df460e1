import Postgres
package import Safeguarding

/// Readers' mutes, in PostgreSQL (feed-protocol.md sections 3 and 7).
///
/// Confirming and ending are each one transaction that ends with the event which tells of it; its position is where the mute
/// begins and ends, so a replay withholds what the live feed withheld.
package struct PostgresMuteDesk: MuteDesk {
    /// Mutes ended in one look: more wait for the next second.
    private static let endedAtOnce: Int64 = 50

    private let readers: any ConnectionSource
    private let writers: any ConnectionSource
    private let notifier: PublicationNotifier
    private let marking: @Sendable () -> String

    /// - Parameters:
    ///   - readers: Connections of the feed's role.
    ///   - writers: Connections of the assessor's role, which alone numbers events.
    ///   - marking: What stands on every event.
    package init(
        readers: any ConnectionSource,
        writers: any ConnectionSource,
        notifier: PublicationNotifier,
        marking: @escaping @Sendable () -> String
    ) {
        self.readers = readers
        self.writers = writers
        self.notifier = notifier
        self.marking = marking
    }

    package func propose(_ request: MuteRequest, by principal: Principal) async throws -> MuteProposal {
        try request.check(by: principal)
        if request.isForAll, let place = request.place {
            let seen = try await readers.transaction(
                while: "looking for a place",
                reading: ReadScope(principal),
                readOnly: true
            ) { connection in try await connection.query(MuteStatements.place(place, for: principal)) }
            guard !seen.isEmpty else { throw MuteRefusal.notOnePlace }
        }
        let id: MuteID = try await writers.transaction(while: "asking for a mute", reading: .everything) { connection in
            let read = try await connection.pipeline([
                ReaderLock.mutes.of(principal.subject), MuteStatements.forget(of: principal.subject),
                MuteStatements.inForce(of: principal.subject),
            ])
            guard let counts = read[2].first, max(try counts.int64(0), try counts.int64(1)) < MuteRequest.mostInForce
            else { throw MuteRefusal.tooMany }
            guard let row = try await connection.query(MuteStatements.propose(request, by: principal)).first else {
                throw StoreError(.internal, "asking for a mute")
            }
            return try row.id(0)
        }
        let counts = try await readers.transaction(
            while: "previewing a mute",
            reading: ReadScope(principal),
            readOnly: true
        ) { connection in
            try await connection.query(MuteStatements.preview(id, for: principal)).first
        }
        guard let counts else { throw MuteRefusal.unknown }
        return MuteProposal(
            id: id,
            openAlerts: Int(try counts.int64(0)),
            recentEvents: Int(try counts.int64(1))
        )
    }

    package func confirm(_ mute: MuteID, by principal: Principal) async throws -> LiveMute {
        let (live, isNew) = try await writers.transaction(while: "confirming a mute", reading: .everything) {
            connection in
            guard let stored = try await Self.stored(mute, on: connection), stored.live.by == principal.subject,
                stored.view == principal.view, !stored.hasEnded
            else { throw MuteRefusal.unknown }
            guard !stored.isInForce else { return (stored.live, false) }
            guard stored.now <= stored.asked + MuteRequest.secondsToConfirm else { throw MuteRefusal.unknown }
            guard !stored.live.isForAll || (principal.role == .steward && principal.view == .full) else {
                throw MuteRefusal.notSteward
            }
            let counts = try await connection.pipeline([
                ReaderLock.mutes.of(principal.subject), MuteStatements.inForce(of: principal.subject),
            ])[1].first
            guard let counts, try counts.int64(0) < MuteRequest.mostInForce else { throw MuteRefusal.tooMany }
            let notice = stored.notice(.muted, body: stored.live.body(areas: stored.areas, marking: marking()))
            _ = try await connection.pipeline([
                AuditStatement.one(audit("mute.confirm", stored.live, by: principal.actor)),
                MuteStatements.begin(stored.live, notice),
            ])
            return (stored.live, true)
        }
        if isNew { await notifier.published(on: writers) }
        return live
    }

    package func end(_ mute: MuteID, by principal: Principal) async throws {
        let isNew = try await writers.transaction(while: "ending a mute", reading: .everything) { connection in
            guard let stored = try await Self.stored(mute, on: connection), stored.view == principal.view,
                stored.isInForce || stored.hasEnded,
                stored.live.by == principal.subject || (stored.live.isForAll && principal.role == .steward),
                try await !connection.query(MuteStatements.seen(mute, by: principal)).isEmpty
            else { throw MuteRefusal.unknown }
            guard !stored.hasEnded else { return false }
            try await finish(stored, by: principal.actor, on: connection)
            return true
        }
        if isNew { await notifier.published(on: writers) }
    }

    package func mutes(for principal: Principal) async throws -> [LiveMute] {
        try await readers.transaction(while: "listing mutes", reading: ReadScope(principal), readOnly: true) {
            connection in
            try await connection.query(MuteStatements.inForce(for: principal)).map { row in try LiveMute(row) }
        }
    }

    package func endOverdue() async throws -> Int {
        let overdue: [MuteID] = try await writers.transaction(while: "looking for mutes", reading: .everything) {
            connection in
            try await connection.query(MuteStatements.overdue(limit: Self.endedAtOnce)).map { row in try row.id(0) }
        }
        var ended = 0
        for mute in overdue {
            ended += try await writers.transaction(while: "ending a mute", reading: .everything) { connection in
                // Another daemon may be at it, or have done it.
                guard try await !connection.query(MuteStatements.claimed(mute)).isEmpty,
                    let stored = try await Self.stored(mute, on: connection), stored.isInForce, !stored.hasEnded
                else { return 0 }
                try await finish(stored, by: "placeguard", on: connection)
                return 1
            }
        }
        if ended > 0 { await notifier.published(on: writers) }
        return ended
    }

    private func finish(_ stored: StoredMute, by actor: String, on connection: Connection) async throws {
        let withheld = try await connection.query(MuteStatements.withheld(stored.live.id)).first?.int64(0)
        let body = stored.live.body(areas: stored.areas, withheld: withheld.map { Int($0) }, marking: marking())
        _ = try await connection.pipeline([
            AuditStatement.one(audit("mute.end", stored.live, by: actor)),
            MuteStatements.end(stored.notice(.unmuted, body: body)),
        ])
    }

    private func audit(_ action: String, _ mute: LiveMute, by actor: String) -> AuditDraft {
        AuditDraft(actor: actor, action: action, subject: mute.id.text, detail: "terms=" + mute.terms)
    }

    private static func stored(_ mute: MuteID, on connection: Connection) async throws -> StoredMute? {
        try await connection.query(MuteStatements.locked(mute)).first.map(StoredMute.init)
    }
}

/// A mute as its row holds it.
private struct StoredMute {
    var live: LiveMute
    var view: View
    var isInForce: Bool
    var hasEnded: Bool
    var asked: Moment
    var location: LocationID?
    var areas: [String]
    var now: Moment

    /// From the columns of ``MuteStatements/locked(_:)``.
    init(_ row: Row) throws {
        now = try row.moment(13)
        let until = try row.optionalMoment(3) ?? now + Int64(try row.int32(10))
        live = try LiveMute(row, until: until)
        view = try row.name(1)
        isInForce = try row.bool(7)
        hasEnded = try row.bool(8)
        asked = try row.moment(9)
        location = try row.optionalID(11)
        areas = try row.texts(12)
    }

    func notice(_ type: EventType, body: String) -> Notice {
        Notice(
            view: view,
            id: live.id.value,
            rev: type == .muted ? 1 : 2,
            at: now,
            type: type,
            location: location,
            areas: areas,
            audience: live.isForAll ? nil : live.by,
            body: body
        )
    }
}

extension LiveMute {
    /// From `id, view, by, until, terms, reason, is for all`.
    fileprivate init(_ row: Row, until: Moment? = nil) throws {
        self.init(
            id: try row.id(0),
            by: try row.text(2),
            until: try until ?? row.moment(3),
            terms: try row.text(4),
            reason: try row.text(5),
            isForAll: try row.bool(6)
        )
    }
}
