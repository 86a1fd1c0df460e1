import Postgres
import Safeguarding

/// What `/readyz` reports of the database.
enum ReadinessReader {
    static func read(on connection: Connection, isSingleRole: Bool) async throws -> Safeguarding.Readiness {
        // Of other sessions the role sees what pg_read_all_stats shows, which Deploy/bootstrap.sql grants.
        let rows = try await connection.query(
            """
            SELECT (SELECT max(m.version) FROM placeguard.schema_migration m), due.waiting, due.oldest, a.unsealed,
                current_setting('synchronous_commit') <> 'off',
                (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - s.xact_start)), 0)::bigint
                 FROM pg_stat_activity s WHERE s.datname = current_database() AND s.pid <> pg_backend_pid()),
                EXISTS (SELECT FROM pg_stat_replication r WHERE r.state = 'streaming')
                    AND (current_setting('synchronous_standby_names') = '' OR current_setting('synchronous_commit') = 'local'),
                pg_notification_queue_usage(),
                (SELECT coalesce(max(t.n_dead_tup) FILTER (WHERE t.n_dead_tup > t.n_live_tup), 0)::bigint
                 FROM pg_stat_user_tables t WHERE t.schemaname = 'placeguard')
            FROM placeguard.audit_head() a
            CROSS JOIN (
                SELECT count(*) AS waiting,
                    coalesce(max(extract(epoch FROM clock_timestamp() - d.due_at)), 0)::bigint AS oldest
                FROM placeguard.due d WHERE d.due_at <= (SELECT clock_timestamp())
            ) AS due
            """
        )
        guard let row = rows.first else { throw StoreError(.internal, "reading readiness") }
        return Safeguarding.Readiness(
            schemaVersion: Int(try row.optionalInt32(0) ?? 0),
            dueNow: Int(try row.int64(1)),
            oldestDueSeconds: try row.int64(2),
            unsealedAudit: Int(try row.int64(3)),
            singleRole: isSingleRole,
            synchronousCommit: try row.bool(4),
            oldestTransactionSeconds: try row.int64(5),
            hasAsynchronousStandby: try row.bool(6),
            notificationQueueUse: try row.double(7),
            deadRows: try row.int64(8)
        )
    }
}
