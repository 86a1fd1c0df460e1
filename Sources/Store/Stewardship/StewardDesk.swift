import Postgres
package import Safeguarding

/// Records what people decide about a place, with the administrator's role: each action with its due row and its audit
/// entry in one transaction.
package struct StewardDesk: Sendable {
    let source: any ConnectionSource
    private let notice: DueNotice

    package init(_ source: any ConnectionSource, notice: DueNotice) {
        self.source = source
        self.notice = notice
    }

    /// One action on a place: refused, or recorded with everything that follows from it.
    ///
    /// - Parameter record: Makes the statements of the action, after checking it against what it may read.
    func act(
        _ action: StaticString,
        on location: LocationID,
        by steward: Steward,
        detail: String,
        later: [Moment] = [],
        record: @Sendable (ActionScene, Connection) async throws -> [Statement]
    ) async throws {
        let entry = AuditDraft(
            actor: steward.actor,
            action: "\(action)",
            subject: location.text,
            detail: detail
        )
        do {
            try await source.transaction(while: "recording an action", reading: ReadScope(steward.reader)) {
                connection in
                let scene = try await ActionScene.open(location, for: steward, on: connection)
                let statements = try await record(scene, connection)
                _ = try await connection.pipeline(
                    statements
                        + [
                            ActionScene.due(location, reason: "\(action)", later: later),
                            AuditStatement.one(entry),
                        ]
                )
            }
        }
        await notice.send(on: source)
    }
}

extension StewardDesk {
    package func control(
        _ code: String,
        at location: LocationID,
        state: ControlState,
        moment: Moment?,
        note: String?,
        by steward: Steward
    ) async throws {
        try await act("control", on: location, by: steward, detail: "\(code) \(state.rawValue)") { scene, connection in
            let at = try scene.moment(moment)
            guard try await Self.code(code, of: "control", on: connection) != nil else {
                throw StewardRefusal.unknownControl
            }
            return [
                Statement(
                    """
                    INSERT INTO placeguard.control_event (location, code, state, at, recorded, actor, note)
                    VALUES ($1, $2, $3, $4, $5, $6, $7)
                    """,
                    [
                        .id(location), .text(code), .name(state), .moment(at), .moment(scene.now),
                        .text(steward.actor), .text(note),
                    ]
                )
            ]
        }
    }

    package func inspect(
        _ location: LocationID,
        clearedSign sign: String,
        moment: Moment?,
        by steward: Steward
    ) async throws {
        try await act("inspection", on: location, by: steward, detail: sign) { scene, connection in
            let at = try scene.moment(moment)
            guard let known = try await Self.code(sign, of: "sign", on: connection) else {
                throw StewardRefusal.unknownSign
            }
            guard known.isStructural else { throw StewardRefusal.notStructural }
            return [
                Statement(
                    """
                    INSERT INTO placeguard.inspection (location, sign, at, recorded, actor)
                    VALUES ($1, $2, $3, $4, $5)
                    """,
                    [.id(location), .text(sign), .moment(at), .moment(scene.now), .text(steward.actor)]
                )
            ]
        }
    }

    package func judge(
        _ location: LocationID,
        band: Band,
        reason: String,
        until: Moment,
        by steward: Steward
    ) async throws {
        guard band != .unrated else { throw StoreError(.invalid, "recording a judgement: unrated is no rating") }
        guard !reason.isBlank else { throw StewardRefusal.reasonRequired }
        let detail = "\(band.rawValue) until \(until.rfc3339)"
        try await act("judgement", on: location, by: steward, detail: detail, later: [until]) { scene, _ in
            guard until > scene.now else { throw StewardRefusal.untilNotLater }
            return [
                Statement(
                    """
                    INSERT INTO placeguard.judgement (location, view, band, reason, at, recorded, until, actor)
                    VALUES ($1, $2, $3, $4, $5, $5, $6, $7)
                    """,
                    [
                        .id(location), .name(steward.reader.view), .name(band), .text(reason), .moment(scene.now),
                        .moment(until), .text(steward.actor),
                    ]
                )
            ]
        }
    }

    package func releaseLADO(_ location: LocationID, released: Bool, by steward: Steward) async throws {
        let detail = released ? "released" : "withheld"
        try await act("lado", on: location, by: steward, detail: detail) { scene, _ in
            [
                Statement(
                    """
                    INSERT INTO placeguard.lado_release (location, released, recorded, actor)
                    VALUES ($1, $2, $3, $4)
                    """,
                    [.id(location), .bool(released), .moment(scene.now), .text(steward.actor)]
                )
            ]
        }
    }

    /// A code of the template in force; nil where it has none of that kind.
    private static func code(
        _ code: String,
        of kind: String,
        on connection: Connection
    ) async throws -> (isStructural: Bool, Void)? {
        let rows = try await connection.query(
            """
            SELECT c.structural FROM placeguard.template t
            JOIN placeguard.template_code c ON c.template_id = t.id AND c.template_version = t.version
            WHERE t.active AND c.kind = $1 AND c.code = $2
            """,
            [.text(kind), .text(code)]
        )
        return try rows.first.map { row in (try row.bool(0), ()) }
    }
}
