import Postgres
package import Safeguarding

/// Coordinators' acts on alerts, in PostgreSQL (feed-protocol.md section 3).
///
/// An act is one transaction under the lock that the assessor takes too, so that revisions of an alert are numbered one
/// after the other whoever makes them: it is recorded, audited, its timer put on the due list, and the event that tells of
/// it numbered last. Whether a reader may know of the alert is asked with the feed's role and the reader's settings.
package struct PostgresAlertDesk: AlertDesk {
    /// The care of an alert after an act, nil where it ends; throws `AlertActRefusal`.
    package typealias Decide = @Sendable (AlertStanding, AlertActKind, String, AssessmentContext) throws -> AlertCare?

    private let readers: any ConnectionSource
    private let writers: any ConnectionSource
    private let notifier: PublicationNotifier
    private let decide: Decide

    /// - Parameters:
    ///   - readers: Connections of the feed's role.
    ///   - writers: Connections of the assessor's role, which alone numbers events.
    package init(
        readers: any ConnectionSource,
        writers: any ConnectionSource,
        notifier: PublicationNotifier,
        decide: @escaping Decide
    ) {
        self.readers = readers
        self.writers = writers
        self.notifier = notifier
        self.decide = decide
    }

    package func act(_ act: AlertAct, by principal: Principal) async throws -> AlertActReceipt {
        guard principal.view == .full || !act.kind.needsClearance else { throw AlertActRefusal.notCleared }
        let found = try await readers.transaction(
            while: "looking for an alert",
            reading: ReadScope(principal),
            readOnly: true
        ) { connection in
            try await connection.query(AlertDeskStatements.visible(act.alert, to: principal)).first.map(
                StoredAlert.init
            )
        }
        guard let found else { throw AlertActRefusal.unknownAlert }
        let (receipt, isNew) = try await writers.transaction(
            while: "acting on an alert",
            reading: .everything
        ) { connection in
            try await record(act, on: found, by: principal, connection)
        }
        if isNew { await notifier.published(on: writers) }
        return receipt
    }

    private func record(
        _ act: AlertAct,
        on found: StoredAlert,
        by principal: Principal,
        _ connection: Connection
    ) async throws -> (AlertActReceipt, isNew: Bool) {
        let locks = [
            ReaderLock.acts.of(principal.subject + " " + act.actionID), AlertDeskStatements.lock(found.subject),
        ]
        _ = try await connection.pipeline(locks.compactMap { $0 })
        // In new statements, after the lock: what is committed by now is what is decided from.
        let read = try await connection.pipeline([
            AlertDeskStatements.act(act.actionID, by: principal.subject),
            AlertDeskStatements.alert(act.alert), EvidenceReader.clock,
            AlertDeskStatements.news(of: act.alert, in: found.view, for: principal.subject),
        ])
        if let known = read[0].first {
            return (try AlertDeskStatements.receipt(known, of: act), false)
        }
        guard !act.lacksWords else { throw AlertActRefusal.textRequired }
        guard let alert = try read[1].first.map(StoredAlert.init), let clock = read[2].first else {
            throw AlertActRefusal.unknownAlert
        }
        guard alert.isOpen else { throw AlertActRefusal.alertClosed }
        let (context, _, _) = try EvidenceReader.readClock(clock)
        let care = try decide(alert.standing, act.kind, principal.subject, context)
        let news = try read[3].first.map { row in
            AlertNews(
                last: alert.last.rev,
                news: try row.optionalInt32(0).map { Int($0) },
                urgency: alert.standing.urgency,
                urgencyThen: try row.name(1)
            )
        }
        try news?.check(act)
        let entry = alert.entry(act.kind, care: care)
        let until = act.kind == .claim ? care?.claim?.until : nil
        let receipt = AlertActReceipt(rev: entry.rev, until: until)
        let statements = [
            AlertDeskStatements.record(act, by: principal, view: alert.view, at: context.now, receipt),
            AuditStatement.one(
                AuditDraft(
                    actor: principal.actor,
                    action: "alert." + act.kind.rawValue,
                    subject: act.alert.text,
                    detail: "action=\(act.actionID) rev=\(entry.rev)"
                )
            ),
            due(alert, care, context).flatMap { DueList.arm([(alert.subject, $0)]) },
            FeedNumbering.publish([entry], in: alert.view, at: context.now),
        ]
        _ = try await connection.pipeline(statements.compactMap { $0 })
        return (receipt, true)
    }

    /// The alert's next timer; at once where it ends, since reports may be held back behind it.
    private func due(_ alert: StoredAlert, _ care: AlertCare?, _ context: AssessmentContext) -> Moment? {
        guard let care else { return context.now }
        return care.nextDue.map { max($0, context.now + 1) }
    }

    package func history(of alert: AlertID, for principal: Principal) async throws -> AlertHistory? {
        try await readers.transaction(
            while: "showing an alert",
            reading: ReadScope(principal),
            isolation: .repeatableRead,
            readOnly: true
        ) { connection in
            let read = try await connection.pipeline([
                AlertDeskStatements.visible(alert, to: principal),
                AlertDeskStatements.revisions(alert, for: principal),
                AlertDeskStatements.acts(alert, in: principal.view),
            ])
            guard let stored = try read[0].first.map(StoredAlert.init) else { return nil }
            var earlier: AlertID?
            if let known = stored.earlier {
                let seen = try await connection.query(AlertDeskStatements.visible(known, to: principal))
                earlier = seen.isEmpty ? nil : known
            }
            let limit = AlertHistory.limit
            let events = try read[1].prefix(limit).map { row in try LoggedEvent(row, from: 0) }
            let acts = try read[2].prefix(limit).map { row in
                RecordedAct(
                    at: try row.moment(0),
                    kind: try row.name(1),
                    by: try row.text(2),
                    actionID: try row.text(3),
                    text: try row.text(4),
                    rev: Int(try row.int32(5))
                )
            }
            return AlertHistory(
                isOpen: stored.isOpen,
                standing: stored.last,
                events: events.reversed(),
                acts: acts.reversed(),
                earlier: earlier,
                isShortened: read[2].count > limit || events.last?.rev != 1
            )
        }
    }
}
