import Postgres
package import Safeguarding

/// The alert log in PostgreSQL, read with the feed's role (feed-protocol.md).
package struct PostgresAlertLog: AlertLog {
    /// Names a subject may have in a view (feed-protocol.md section 7).
    package static let maximumSubscriptions = 16

    private let source: any ConnectionSource
    private let keptDays: Int

    /// - Parameter keptDays: How long the log is kept, and so a name that nobody uses.
    package init(_ source: any ConnectionSource, keptDays: Int = 90) {
        self.source = source
        self.keptDays = keptDays
    }

    package func position(of view: View) async throws -> LogPosition {
        try await source.lend(while: "reading the log's position") { connection in
            let rows = try await connection.query(FeedStatements.position(of: view))
            return try Self.single(rows, LogPosition.init)
        }
    }

    package func subscribe(
        _ principal: Principal,
        name: String,
        from: FeedStart,
        filter: FeedFilter,
        isStanding: Bool
    ) async throws -> SubscriptionStart {
        let view = principal.view
        let subject = principal.subject
        // A refusal ends the transaction too, it does not undo it: an epoch that it tells of may have begun in it.
        let start: Result<SubscriptionStart, FeedRefusal> = try await source.transaction(
            while: "subscribing",
            reading: ReadScope(principal)
        ) { connection in
            let read = try await connection.pipeline([
                ReaderLock.names.of(subject),
                CursorStatements.forgetUnused(
                    subject: subject,
                    for: keptDays,
                    except: name,
                    keeping: Int64(Self.maximumSubscriptions)
                ),
                CursorStatements.named(name, subject: subject),
                CursorStatements.others(subject: subject, view: view, except: name, within: keptDays),
                FeedStatements.position(of: view), FeedStatements.epochBefore(of: view),
            ])
            let cursors = try read[2].map { row in
                (
                    view: try row.name(0, as: View.self),
                    cursor: SubscriptionRules.Cursor(epoch: try row.text(1), acked: try row.int64(2)),
                    // Nobody has written down how it ended: its daemon was killed, or has not noticed yet.
                    lastEnd: try row.optionalText(3) ?? SubscriptionStart.unrecordedEnd
                )
            }
            let known = cursors.first { $0.view == view }
            let others = try Self.single(read[3]) { row in try row.int64(0) }
            if others >= Self.maximumSubscriptions { throw FeedRefusal.tooManySubscriptions }

            let position = try Self.single(read[4], LogPosition.init)
            let before = try Self.single(read[5]) { row in try row.optionalText(0) }
            let viewChanged = cursors.first.map { $0.view != view } ?? false
            let at: Int64
            do throws(FeedRefusal) {
                at = try SubscriptionRules(position: position, before: before).start(from, cursor: known?.cursor)
            } catch {
                return .failure(error)
            }
            let written = try await connection.pipeline([
                CursorStatements.take(
                    name,
                    subject: subject,
                    view: view,
                    epoch: position.epoch,
                    at: at,
                    filter: filter.text,
                    isStanding: isStanding
                ),
                FeedStatements.openAlerts(principal, after: nil, limit: 1, filter: FeedFilterParameters(filter)),
            ])
            let started = SubscriptionStart(
                subscription: FeedSubscription(
                    subject: subject,
                    name: name,
                    view: view,
                    generation: try Self.single(written[0]) { row in try row.int64(0) }
                ),
                at: at,
                position: position,
                behind: position.head - at,
                open: Int(try written[1].first?.int64(7) ?? 0),
                viewChanged: viewChanged,
                lastEnd: known?.lastEnd
            )
            return .success(started)
        }
        return try start.get()
    }

    package func pages(_ reads: [PageRead]) async throws -> [Result<EventPage, FeedRefusal>] {
        var pages = [Result<EventPage, FeedRefusal>](repeating: .failure(.replaced), count: reads.count)
        let indices = reads.indices.filter { reads[$0].principal.view == reads[$0].subscription.view }
        for (scope, indices) in Dictionary(grouping: indices, by: { ReadScope(reads[$0].principal) }) {
            if indices.count == 1, let index = indices.first {
                let rows = try await source.lend(while: "reading the log") { connection in
                    try await connection.pipeline([scope.statement, LonePageStatement.statement(reads[index])])[1]
                }
                pages[index] = try PageRows.page(rows, reads[index])
                continue
            }
            let looks = SharedLooks(indices.map { reads[$0] })
            let rows = try await source.lend(while: "reading the log") { connection in
                try await connection.pipeline([scope.statement, PageStatement.statement(looks, in: scope.view)])[1]
            }
            for (page, index) in zip(try PageRows(rows, looks).pages(), indices) { pages[index] = page }
        }
        return pages
    }

    package func acknowledge(_ acknowledgements: [Acknowledgement]) async throws -> [FeedRefusal?] {
        try await source.lend(while: "acknowledging") { connection in
            let rows = try await connection.query(CursorStatements.acknowledge(acknowledgements))
            let taken = Set(try rows.map { Int(try $0.int32(0)) })
            var refusals = [FeedRefusal?](repeating: nil, count: acknowledgements.count)
            for (index, entry) in acknowledgements.enumerated() where !taken.contains(index) {
                refusals[index] = try await refusal(entry.subscription, on: connection) { position, acked in
                    entry.seq < acked ? .ackBackwards : .beyondHead(position)
                }
            }
            return refusals
        }
    }

    package func advance(_ subscription: FeedSubscription, readTo: Int64) async throws {
        try await source.lend(while: "moving a cursor") { connection in
            let rows = try await connection.query(CursorStatements.advance(subscription, readTo: readTo))
            guard rows.isEmpty else { return }
            throw try await refusal(subscription, on: connection) { _, _ in .replaced }
        }
    }

    package func replaced(_ subscriptions: [FeedSubscription]) async throws -> [FeedSubscription] {
        try await source.lend(while: "looking after names") { connection in
            try await connection.query(CursorStatements.replaced(subscriptions)).map { row in
                subscriptions[Int(try row.int32(0))]
            }
        }
    }

    package func ended(_ subscription: FeedSubscription, reason: String, sent: Int64) async throws {
        try await source.lend(while: "ending a subscription") { connection in
            _ = try await connection.query(CursorStatements.ended(subscription, reason: reason, sent: sent))
        }
    }

    package func openAlerts(
        _ principal: Principal,
        filter: FeedFilter,
        after: AlertID?,
        limit: Int
    ) async throws -> [OpenAlertLine] {
        let list = FeedStatements.openAlerts(
            principal,
            after: after,
            limit: limit,
            filter: FeedFilterParameters(filter)
        )
        return try await source.lend(while: "listing alerts") { connection in
            try await connection.pipeline([ReadScope(principal).statement, list])[1].map { row in
                OpenAlertLine(event: try LoggedEvent(row, from: 0))
            }
        }
    }

    package func cursors(_ principal: Principal) async throws -> [CursorLine] {
        try await source.lend(while: "listing cursors") { connection in
            try await connection.query(CursorStatements.all(subject: principal.subject, view: principal.view)).map {
                row in
                CursorLine(
                    name: try row.text(0),
                    acked: try row.int64(1),
                    sent: try row.int64(2),
                    head: try row.int64(3),
                    lastEnd: try row.optionalText(4),
                    lastSeen: try row.optionalMoment(5),
                    exercise: try row.optionalName(6),
                    isStanding: try row.bool(7)
                )
            }
        }
    }

    package func audit(_ entries: [ReadEntry]) async throws {
        let drafts = entries.map { entry in
            AuditDraft(
                actor: entry.principal.actor,
                action: entry.action,
                subject: entry.principal.tokenID,
                detail: entry.detail
            )
        }
        try await source.lend(while: "writing the audit") { connection in
            _ = try await connection.query(AuditStatement.many(drafts))
        }
    }
}

extension PostgresAlertLog {
    /// Why a cursor did not move: the name is held by a newer connection, the log began anew, or what the caller says.
    private func refusal(
        _ subscription: FeedSubscription,
        on connection: Connection,
        otherwise: (LogPosition, Int64) -> FeedRefusal
    ) async throws -> FeedRefusal {
        let rows = try await connection.query(CursorStatements.standing(subscription))
        return try Self.single(rows) { row in
            let position = try LogPosition(row)
            guard try row.optionalBool(4) == true else { return .replaced }
            guard try row.text(5) == position.epoch else { return .epochChanged(position) }
            return otherwise(position, try row.int64(6))
        }
    }

    private static func single<Value>(
        _ rows: some Collection<Row>,
        _ read: (Row) throws -> Value
    ) throws -> Value {
        guard let row = rows.first else { throw StoreError(.internal, "reading the log: a view without a counter") }
        return try read(row)
    }
}

extension LoggedEvent {
    /// From `seq, alert, rev, type, urgency, at, body`.
    init(_ row: Row, from column: Int) throws {
        self.init(
            seq: try row.int64(column),
            alert: try row.id(column + 1),
            rev: Int(try row.int32(column + 2)),
            type: try row.name(column + 3),
            urgency: try row.name(column + 4),
            at: try row.moment(column + 5),
            body: try row.text(column + 6)
        )
    }
}
