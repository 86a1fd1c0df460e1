import Postgres
package import Safeguarding

/// Exercises and ended watches, in PostgreSQL (feed-protocol.md sections 3 and 5).
///
/// What was told stands in rows of its own, locked while it is told, so that several daemons tell it once.
package struct PostgresReaderWatch: ReaderWatch {
    /// No area's code: what begins with it is seen by readers who have all the areas behind it, and where there are none by
    /// readers without a limit (`is_visible`).
    private static let allOfThese = "*"

    private let writers: any ConnectionSource
    private let notifier: PublicationNotifier
    private let marking: @Sendable () -> String

    /// - Parameters:
    ///   - writers: Connections of the assessor's role, which alone numbers events.
    ///   - marking: What stands on every event.
    package init(
        writers: any ConnectionSource,
        notifier: PublicationNotifier,
        marking: @escaping @Sendable () -> String
    ) {
        self.writers = writers
        self.notifier = notifier
        self.marking = marking
    }

    package func exercise(_ readers: [ConnectedReader]) async throws -> Int {
        let due: Set<ExerciseKey> = try await writers.transaction(while: "looking for exercises", reading: .everything)
        {
            connection in
            Set(try await connection.query(ReaderWatchStatements.due(readers)).map { row in try ExerciseKey(row) })
        }
        var sent = 0
        for reader in readers where due.contains(ExerciseKey(reader)) {
            sent += try await writers.transaction(while: "exercising", reading: .everything) { connection in
                try await exercise(reader, on: connection)
            }
        }
        if sent > 0 { await notifier.published(on: writers) }
        return sent
    }

    package func unanswered(_ readers: [ConnectedReader]) async throws -> [ConnectedReader] {
        let found: Set<ExerciseKey> = try await writers.transaction(
            while: "looking for unanswered exercises",
            reading: .everything,
            readOnly: true
        ) { connection in
            Set(try await connection.query(ReaderWatchStatements.unanswered(readers)).map { try ExerciseKey($0) })
        }
        return readers.filter { found.contains(ExerciseKey($0)) }
    }

    package func silent() async throws -> [SilentSubscription] {
        try await StandingSubscriptions(source: writers).silent()
    }

    private func exercise(_ reader: ConnectedReader, on connection: Connection) async throws -> Int {
        let read = try await connection.pipeline([
            ReaderWatchStatements.begin(reader), ReaderWatchStatements.locked(reader),
        ])
        // Another daemon has sent it, or is sending it; or its interval has only begun.
        guard let row = read[1].first, try row.bool(0) else { return 0 }
        let now = try row.moment(1)
        let body = NoticeBody.text(
            [("exercise", .bool(true)), ("next", .string((now + ExerciseTimes.interval).rfc3339))],
            marking: marking()
        )
        let notice = notice(.exercise, reader.view, reader.subject, at: now, body: body)
        _ = try await connection.query(ReaderWatchStatements.tell(reader, notice))
        return 1
    }

    package func digest(_ readers: [Principal]) async throws -> Int {
        let due: Set<DigestKey> = try await writers.transaction(while: "looking for digests", reading: .everything) {
            connection in
            guard let now = try await connection.query(ReaderWatchStatements.now).first?.moment(0) else { return [] }
            let due = ReaderWatchStatements.undigested(readers.map(DigestKey.init), until: DailyDigest.end(at: now))
            return Set(try await connection.query(due).map { row in try DigestKey(row) })
        }
        var told = 0
        for reader in readers where due.contains(DigestKey(reader)) {
            told += try await writers.transaction(while: "telling a digest", reading: .everything) { connection in
                try await digest(for: reader, on: connection)
            }
        }
        if told > 0 { await notifier.published(on: writers) }
        return told
    }

    private func digest(for reader: Principal, on connection: Connection) async throws -> Int {
        let read = try await connection.pipeline([
            ReaderWatchStatements.now, ReaderWatchStatements.digested(reader),
        ])
        // Another daemon is telling it.
        guard let now = try read[0].first?.moment(0), let from = try read[1].first?.moment(0) else { return 0 }
        let to = DailyDigest.end(at: now)
        guard from < to else { return 0 }
        let events = try await connection.query(ReaderWatchStatements.lowEvents(for: reader, from: from, to: to))
        let types = try events.map { row in (type: try row.text(0), events: Int(try row.int64(1))) }
        let alerts: [AlertID] = try events.flatMap { row in
            try row.texts(2).compactMap { UniqueID($0).map { AlertID($0) } }
        }
        _ = try await connection.query(ReaderWatchStatements.digest(reader, until: to))
        guard !types.isEmpty else { return 0 }
        let named = Array(Set(alerts).sorted().prefix(DailyDigest.mostAlerts))
        let body = DailyDigest.body(from: from, to: to, types: types, alerts: named, marking: marking())
        var notice = notice(.digest, reader.view, reader.subject, at: now, body: body)
        notice.areas = [Self.allOfThese] + reader.areas
        _ = try await connection.query(ReaderWatchStatements.tell(notice))
        return 1
    }

    package func watch(
        _ subscription: FeedSubscription,
        filter: FeedFilter,
        of principal: Principal
    ) async throws {
        let terms = filter.inclusions.compactMap(WatchedTerm.init)
        let told = try await writers.transaction(while: "looking after a filter", reading: .everything) { connection in
            let ended = try await connection.query(ReaderWatchStatements.ended(terms, for: principal)).map { row in
                try row.text(0)
            }
            let read = try await connection.pipeline([
                ReaderWatchStatements.forget(subscription, except: ended),
                ReaderWatchStatements.remember(subscription, ended), ReaderWatchStatements.now,
            ])
            let new = try read[1].map { row in try row.text(0) }
            guard !new.isEmpty, let now = try read[2].first?.moment(0) else { return 0 }
            for term in new.sorted() {
                let watch = JSON.object([("name", .string(subscription.name)), ("term", .string(term))])
                let body = NoticeBody.text([("watch", watch)], marking: marking())
                let notice = notice(.watchEnded, subscription.view, subscription.subject, at: now, body: body)
                _ = try await connection.query(ReaderWatchStatements.tell(notice))
            }
            return new.count
        }
        if told > 0 { await notifier.published(on: writers) }
    }

    private func notice(_ type: EventType, _ view: View, _ subject: String, at now: Moment, body: String) -> Notice {
        var ids = TimeOrderedIDs(milliseconds: UInt64(max(0, now.seconds)) * 1_000)
        return Notice(view: view, id: ids.next(), rev: 1, at: now, type: type, audience: subject, body: body)
    }
}

/// A term that bounds where events are, in the form in which it is looked up.
struct WatchedTerm: Sendable, Hashable {
    var text: String
    var area: String?
    var location: LocationID?

    /// Nil for terms that can always match.
    init?(_ term: FeedTerm) {
        switch term {
        case .area(let code): (text, area) = (FeedTags.area(code), code)
        case .location(let location): (text, self.location) = (FeedTags.location(location), location)
        case .near, .category, .kind, .bandAtLeast, .urgencyAtLeast, .source: return nil
        }
    }
}

/// Whose digest it is: a subject's, in a view, of the areas that a token of it has.
struct DigestKey: Sendable, Hashable {
    var subject: String
    var view: View
    /// In order, with a space between each two.
    var areas: String

    init(_ reader: Principal) {
        (subject, view) = (reader.subject, reader.view)
        areas = reader.areas.sorted().joined(separator: " ")
    }

    /// From `subject, view, areas`.
    init(_ row: Row) throws { (subject, view, areas) = (try row.text(0), try row.name(1), try row.text(2)) }

    var parameters: [PostgresValue] { [.text(subject), .name(view), .text(areas)] }
}

private struct ExerciseKey: Hashable {
    var subject: String
    var view: View

    init(_ reader: ConnectedReader) { (subject, view) = (reader.subject, reader.view) }
    init(_ row: Row) throws { (subject, view) = (try row.text(0), try row.name(1)) }
}
