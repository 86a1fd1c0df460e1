import Postgres
package import Safeguarding

/// A meeting of the partnership.
package struct Meeting: Sendable, Hashable {
    package var id: Int64
    package var at: Moment
    package var name: String

    package init(id: Int64, at: Moment, name: String) {
        self.id = id
        self.at = at
        self.name = name
    }
}

/// A day on which nobody is expected at work.
package struct Holiday: Sendable, Hashable {
    package var day: CivilDate
    package var name: String

    package init(day: CivilDate, name: String) {
        self.day = day
        self.name = name
    }
}

/// Why an entry of the calendar was refused.
package enum CalendarRefusal: String, Error, Sendable, CaseIterable {
    case meetingInPast = "meeting-in-past"
    case meetingTwice = "meeting-twice"
    case nameRequired = "name-required"
}

/// Meetings and holidays: they move review dates and working time (scoring.md section 10).
package struct PartnershipCalendar: Sendable {
    private let source: any ConnectionSource
    private let notice: DueNotice

    /// - Parameter source: Connections of the administrator's role.
    package init(_ source: any ConnectionSource, notice: DueNotice) {
        self.source = source
        self.notice = notice
    }

    /// Meetings from a moment on, the next first.
    package func meetings(from moment: Moment) async throws -> [Meeting] {
        try await source.lend(while: "listing meetings") { connection in
            try await connection.query(
                "SELECT id, at, name FROM placeguard.meeting WHERE at >= $1 ORDER BY at",
                [.moment(moment)]
            ).map { row in Meeting(id: try row.int64(0), at: try row.moment(1), name: try row.text(2)) }
        }
    }

    /// Adds a meeting; a red place is to be reviewed at the next one, so those are looked at again.
    ///
    /// - Throws: `CalendarRefusal`.
    package func add(meetingAt moment: Moment, name: String, by actor: String) async throws -> Meeting {
        guard !name.isBlank else { throw CalendarRefusal.nameRequired }
        let meeting = try await source.transaction(while: "adding a meeting", reading: .everything) { connection in
            let rows = try await connection.query(
                """
                INSERT INTO placeguard.meeting (at, name, actor)
                SELECT $1, $2, $3 WHERE $1 > clock_timestamp()
                ON CONFLICT (at) DO NOTHING
                RETURNING id
                """,
                [.moment(moment), .text(name), .text(actor)]
            )
            guard let row = rows.first else { throw try await refusal(of: moment, on: connection) }
            _ = try await connection.pipeline([
                Statement(
                    """
                    INSERT INTO placeguard.due (kind, subject, due_at, priority, reason)
                    SELECT 'location', red.location, clock_timestamp(), 2::smallint, 'meeting'
                    FROM (SELECT DISTINCT s.location FROM placeguard.location_state s WHERE s.published_band = 'red')
                        AS red
                    """
                ),
                AuditStatement.one(
                    AuditDraft(actor: actor, action: "meeting.add", subject: moment.rfc3339)
                ),
            ])
            return Meeting(id: try row.int64(0), at: moment, name: name)
        }
        await notice.send(on: source)
        return meeting
    }

    private func refusal(of moment: Moment, on connection: Connection) async throws -> CalendarRefusal {
        let rows = try await connection.query(
            "SELECT FROM placeguard.meeting WHERE at = $1",
            [.moment(moment)]
        )
        return rows.isEmpty ? .meetingInPast : .meetingTwice
    }

    package func holidays() async throws -> [Holiday] {
        try await source.lend(while: "listing holidays") { connection in
            try await connection.query(
                "SELECT day - date '1970-01-01', name FROM placeguard.holiday ORDER BY day"
            ).map { row in
                Holiday(day: CivilDate(daysSinceEpoch: Int64(try row.int32(0))), name: try row.text(1))
            }
        }
    }

    /// Adds a holiday or renames it.
    ///
    /// - Throws: `CalendarRefusal`.
    package func set(_ holiday: Holiday, by actor: String) async throws {
        guard !holiday.name.isBlank else { throw CalendarRefusal.nameRequired }
        try await source.transaction(while: "setting a holiday") { connection in
            _ = try await connection.pipeline([
                Statement(
                    """
                    INSERT INTO placeguard.holiday (day, name)
                    VALUES (date '1970-01-01' + $1, $2)
                    ON CONFLICT (day) DO UPDATE SET name = excluded.name
                    """,
                    [.int32(Int32(clamping: holiday.day.daysSinceEpoch)), .text(holiday.name)]
                ),
                AuditStatement.one(
                    AuditDraft(actor: actor, action: "holiday.set", subject: holiday.day.text)
                ),
            ])
        }
    }

    package func remove(holiday day: CivilDate, by actor: String) async throws {
        try await source.transaction(while: "removing a holiday") { connection in
            _ = try await connection.pipeline([
                Statement(
                    "DELETE FROM placeguard.holiday WHERE day = date '1970-01-01' + $1",
                    [.int32(Int32(clamping: day.daysSinceEpoch))]
                ),
                AuditStatement.one(AuditDraft(actor: actor, action: "holiday.remove", subject: day.text)),
            ])
        }
    }
}
