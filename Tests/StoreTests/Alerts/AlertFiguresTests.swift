import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// A month in figures.
@Suite(needsServer)
struct AlertFiguresTests {
    private let ana = Principal.coordinator("ana", clearances: [.statutory])
    private let ben = Principal.coordinator("ben", clearances: [.statutory])

    @Test func `alerts are counted by urgency, with those acted on and escalated, and each person's acts and events`()
        async throws
    {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene)
            let high = try await log.publish(in: .full)
            let other = try await log.publish(in: .full)
            try await log.publish(in: .full, FeedFacts(urgency: .immediate))
            try await log.publish(other.alert, in: .full, FeedFacts(type: .escalated))
            try await log.publish(in: .open)
            for (kind, id) in [(AlertActKind.claim, "1"), (.note, "2"), (.resolve, "3")] {
                _ = try await log.desk.act(AlertAct(kind, high.alert, actionID: id, text: "x"), by: ana)
            }
            _ = try await log.desk.act(AlertAct(.note, other.alert, actionID: "4", text: "x"), by: ana)
            try await log.log.audit(ana, action: "feed.deliver", detail: "name=desk from=1 to=4 events=4")
            try await log.log.audit(ana, action: "feed.deliver", detail: "name=wall from=1 to=4 events=3")
            try await log.log.audit(ben, action: "feed.deliver", detail: "name=desk from=1 to=4 events=5")
            try await log.log.audit(ben, action: "feed.list", detail: "events=9")
            _ = try await scene.rows("UPDATE placeguard.alert SET opened_at = clock_timestamp()")

            let reader = AlertFigureReader(alerts: scene.fixture.assessor, audit: scene.fixture.admin)
            let now = try await scene.rows("SELECT clock_timestamp()")[0].moment(0)
            let figures = try await reader.figures(from: now - 60, to: now + 60)
            #expect(figures.alerts == 3 && figures.actedOn == 2)
            func counted(_ figures: AlertFigures) -> Set<String> {
                Set(
                    figures.opened.map {
                        "\($0.urgency.rawValue) \($0.alerts) \($0.actedOn) \($0.escalated.map { "\($0)" } ?? "unknown")"
                    }
                )
            }
            #expect(counted(figures) == ["high 2 2 1", "immediate 1 0 0"])
            let people = figures.people.map {
                "\($0.subject) \($0.events) \($0.alertsActedOn) \($0.claims) \($0.resolved) \($0.notes)"
            }
            #expect(people == ["ana 7 2 1 1 2", "ben 5 0 0 0 0"])
            let before = try await reader.figures(from: now - 120, to: now - 60)
            #expect(before.alerts == 0 && before.people.isEmpty)

            // The log does not reach back to the first alert any more: whether that escalated nobody knows.
            _ = try await scene.rows(
                "DELETE FROM placeguard.feed WHERE view = 'full' AND seq <= $1",
                [.int64(high.seq)]
            )
            let later = try await reader.figures(from: now - 60, to: now + 60)
            #expect(counted(later) == ["high 2 2 unknown", "immediate 1 0 0"])
        }
    }

    @Test
    func `what ended as it asked for was acted on, under the urgency it had, and what was born closed is not counted`()
        async throws
    {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene)
            let closing = FeedFacts(type: .closed, urgency: .low)
            for (why, urgency) in [
                ("located", Urgency.immediate), ("review-recorded", .normal), ("band-down", .high),
                ("withdrawn", .high),
            ] {
                let alert = try await log.publish(in: .full, FeedFacts(urgency: urgency)).alert
                _ = try await log.publish(alert, in: .full, facts: closing, closes: true)
                _ = try await scene.rows(
                    "UPDATE placeguard.alert SET body = jsonb_build_object('why', jsonb_build_array($2::text))::text WHERE id = $1",
                    [.id(alert), .text(why)]
                )
            }
            let easing = FeedFacts(type: .easing, urgency: .low)
            _ = try await log.publish(nil, in: .full, facts: easing, closes: true)
            try await scene.person("ana")
            try await scene.coordinatorToken("tok-ana", of: "ana")
            _ = try await scene.rows("UPDATE placeguard.alert SET opened_at = clock_timestamp()")
            let reader = AlertFigureReader(alerts: scene.fixture.assessor, audit: scene.fixture.admin)
            let now = try await scene.rows("SELECT clock_timestamp()")[0].moment(0)
            let figures = try await reader.figures(from: now - 60, to: now + 60)
            let counted = Set(figures.opened.map { "\($0.urgency.rawValue) \($0.alerts) \($0.actedOn)" })
            #expect(counted == ["immediate 1 1", "normal 1 1", "high 2 0"])
            #expect(figures.people.map { "\($0.subject) \($0.alerts) \($0.actedOn)" } == ["ana 4 2"])
            // Without the log an alert is as urgent as it ended.
            _ = try await scene.rows("DELETE FROM placeguard.feed WHERE view = 'full'")
            let later = try await reader.figures(from: now - 60, to: now + 60)
            #expect(later.opened.map { "\($0.urgency.rawValue) \($0.alerts) \($0.actedOn)" } == ["low 4 2"])
        }
    }

    @Test func `a coordinator's alerts are those that their tokens may see, whoever acted on them`() async throws {
        try await Scene.with { scene in
            let log = PostgresLogUnderTest(scene)
            let linked = try await scene.place("The Anchor")
            let harbour = try await log.publish(in: .full, FeedFacts(areas: ["E05-1"]))
            let park = try await log.publish(in: .full, FeedFacts(areas: ["E05-2"]))
            try await log.publish(in: .full, FeedFacts(location: linked, areas: ["E05-1"]))
            try await log.publish(in: .full, FeedFacts(areas: []))
            try await log.publish(in: .full, FeedFacts(areas: ["E05-9"]))
            try await log.publish(in: .open, FeedFacts(areas: ["E05-1"]))
            _ = try await scene.rows("UPDATE placeguard.alert SET opened_at = clock_timestamp()")
            try await scene.link(person: "lena", to: linked)
            _ = try await scene.rows(
                """
                INSERT INTO placeguard.person (code, agency, name) VALUES ('ana', 'cctv', 'Ana'), ('ben', 'police', 'Ben')
                """
            )
            _ = try await scene.rows(
                """
                INSERT INTO placeguard.token (id, secret_hash, role, agency, person, clearances, areas, issued, revoked, issued_by)
                SELECT 'tok-' || n, sha256(n::text::bytea), role, agency, person, clearances, areas,
                    clock_timestamp() - make_interval(days => issued), clock_timestamp() - make_interval(days => revoked), 'test'
                FROM (VALUES
                    -- No areas of their own: their agency's. Two tokens count an alert once.
                    (1, 'coordinator', 'cctv', 'ana', '{statutory}'::text[], '{}'::text[], 9, NULL),
                    (2, 'coordinator', 'cctv', 'ana', '{statutory}', '{E05-2}', 0, NULL),
                    (3, 'coordinator', 'licensing', 'lena', '{statutory}', '{}', 9, 0),
                    (4, 'coordinator', 'licensing', NULL, '{statutory}', '{E05-3}', 9, NULL),
                    -- Over before; without clearance, which reads the open view; another role; an open one beside full ones.
                    (5, 'coordinator', 'police', 'ben', '{statutory}', '{}', 9, 2),
                    (6, 'coordinator', 'police', 'ben', '{}', '{}', 9, NULL),
                    (7, 'meeting', 'police', 'ben', '{statutory}', '{}', 9, NULL),
                    (8, 'coordinator', 'cctv', 'ana', '{}', '{}', 9, NULL)
                ) AS t (n, role, agency, person, clearances, areas, issued, revoked)
                """
            )
            _ = try await log.desk.act(AlertAct(.note, harbour.alert, actionID: "1", text: "x"), by: ben)
            _ = try await log.desk.act(AlertAct(.claim, park.alert, actionID: "2"), by: ana)
            _ = try await log.desk.act(AlertAct(.release, park.alert, actionID: "3"), by: ana)

            let reader = AlertFigureReader(alerts: scene.fixture.assessor, audit: scene.fixture.admin)
            let now = try await scene.rows("SELECT clock_timestamp()")[0].moment(0)
            let figures = try await reader.figures(from: now - 3_600, to: now + 3_600)
            let people = figures.people.map { "\($0.subject) \($0.alerts) \($0.actedOn) \($0.alertsActedOn)" }
            #expect(people == ["agency:licensing 1 0 0", "ana 4 2 1", "ben 1 0 1", "lena 4 2 0"])
        }
    }
}
