import Postgres
package import Safeguarding

/// Exercises and ended watches, in PostgreSQL (feed-protocol.md sections 3 and 5).
///
/// What was told stands in rows of its own, locked while it is told, so that several daemons tell it once.
package struct PostgresReaderWatch: ReaderWatch {
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

    package func exercise(_ readers: [ConnectedReader]) async throws -> ExerciseRound {
        let due: Set<ExerciseKey> = try await writers.transaction(while: "looking for exercises", reading: .everything)
        {
            connection in
            Set(try await connection.query(ReaderWatchStatements.due(readers)).map { row in try ExerciseKey(row) })
        }
        var round = ExerciseRound()
        for reader in readers where due.contains(ExerciseKey(reader)) {
            let told = try await writers.transaction(while: "exercising", reading: .everything) { connection in
                try await exercise(reader, on: connection)
            }
            round.sent += told.sent
            round.unanswered += told.unanswered
        }
        if round.sent > 0 { await notifier.published(on: writers) }
        return round
    }

    private func exercise(_ reader: ConnectedReader, on connection: Connection) async throws -> ExerciseRound {
        let read = try await connection.pipeline([
            ReaderWatchStatements.begin(reader), ReaderWatchStatements.locked(reader),
            ReaderWatchStatements.unanswered(reader),
        ])
        // Another daemon has sent it, or is sending it; or its interval has only begun.
        guard let row = read[1].first, try row.bool(0) else { return ExerciseRound() }
        let now = try row.moment(1)
        let body = NoticeBody.text(
            [("exercise", .bool(true)), ("next", .string((now + ExerciseRound.interval).rfc3339))],
            marking: marking()
        )
        let notice = notice(.exercise, reader.view, reader.subject, at: now, body: body)
        _ = try await connection.query(ReaderWatchStatements.tell(reader, notice))
        return ExerciseRound(sent: 1, unanswered: try read[2].first?.bool(0) == true ? 1 : 0)
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

private struct ExerciseKey: Hashable {
    var subject: String
    var view: View

    init(_ reader: ConnectedReader) { (subject, view) = (reader.subject, reader.view) }
    init(_ row: Row) throws { (subject, view) = (try row.text(0), try row.name(1)) }
}
