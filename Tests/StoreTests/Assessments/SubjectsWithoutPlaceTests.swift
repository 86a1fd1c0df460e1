import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// Reports that belong to no place, and the summaries of runs.
@Suite(needsServer)
struct SubjectsWithoutPlaceTests {
    @Test func `an unlocated report is published at once, in every area, and closed when it is settled`() async throws {
        try await Scene.with { scene in
            let report = try await scene.report(at: nil, agency: "cctv", happeningNow: true, priority: .now)
            let seen = Seen()
            try await scene.drain(seeing: seen)
            guard case .unlocated(let work)? = seen.works.first else {
                Issue.record("no unlocated work")
                return
            }
            #expect(work.report == report)
            #expect(work.areas == ["E05-1"])
            #expect(work.signs == ["shop-tick-debt"])
            #expect(work.openSigns == ["shop-tick-debt"])
            #expect(work.happeningNow)
            #expect(!work.isSettled)
            let rows = try await scene.rows(
                "SELECT location IS NULL, everywhere, tags, areas FROM placeguard.feed WHERE view = 'open'"
            )
            #expect(try rows[0].bool(0))
            #expect(try rows[0].bool(1))
            #expect(try rows[0].texts(2).contains("everywhere"))
            #expect(try rows[0].texts(3) == ["E05-1"])

            try await scene.withdraw(report)
            try await scene.drain(seeing: seen)
            guard case .unlocated(let settled)? = seen.works.last else {
                Issue.record("no unlocated work")
                return
            }
            #expect(settled.isSettled)
            #expect(settled.isWithdrawn)
            #expect(settled.open.map(\.rev) == [1])
            #expect(try await scene.log(.full) == ["1 immediate 1", "2 closed 2"])
            #expect(try await scene.count("SELECT count(*) FROM placeguard.alert WHERE is_open") == 0)
        }
    }

    @Test func `a lado sign of an open report is not among what the open view reads`() async throws {
        try await Scene.with { scene in
            let report = try await scene.report(["shop-tick-debt", "staff-inappropriate-contact"], at: nil)
            _ = try await scene.rows(
                "UPDATE placeguard.item SET compartment = 'lado' WHERE sign = 'staff-inappropriate-contact'"
            )
            let seen = Seen()
            try await scene.drain(seeing: seen)
            guard case .unlocated(let work)? = seen.works.first else {
                Issue.record("no unlocated work")
                return
            }
            #expect(work.report == report)
            #expect(work.openSigns == ["shop-tick-debt"])
            #expect(work.signs == ["shop-tick-debt", "staff-inappropriate-contact"])
            #expect(work.compartment == .openPartner)
        }
    }

    @Test func `an unlocated report is read in the form in force: added and removed signs, urgency, handling`()
        async throws
    {
        try await Scene.with { scene in
            let report = try await scene.report(["shop-tick-debt", "hidden-back-room"], at: nil)
            // As a correction does it: one sign ends, one begins in form 2, one stays in form 1.
            _ = try await scene.rows(
                """
                WITH ended AS (
                    UPDATE placeguard.item SET superseded_at = received WHERE report = $1 AND sign = 'hidden-back-room'
                    RETURNING *
                )
                INSERT INTO placeguard.item (report, form, sign, source, information, attribution, observed, received,
                    recorded, agency, agency_kind, originator_unconfirmed, self_report, happening_now, compartment,
                    handling, is_back_file)
                SELECT report, 2, 'staff-inappropriate-contact', source, information, attribution, observed, received,
                    recorded, agency, agency_kind, false, false, true, compartment, 'C', false FROM ended
                """,
                [.id(report)]
            )
            let seen = Seen()
            try await scene.drain(seeing: seen)
            guard case .unlocated(let work)? = seen.works.first else {
                Issue.record("no unlocated work")
                return
            }
            #expect(work.signs == ["shop-tick-debt", "staff-inappropriate-contact"])
            #expect(work.happeningNow)
            #expect(work.handling == .conditions)
        }
    }

    @Test func `the open view's alert closes when none of the signs is open any more`() async throws {
        try await Scene.with { scene in
            let report = try await scene.report(at: nil, happeningNow: true, priority: .now)
            try await scene.drain()
            _ = try await scene.rows("UPDATE placeguard.item SET compartment = 'statutory-only'")
            try await scene.put("unlocated", report.value)
            try await scene.drain()
            #expect(try await scene.log(.open) == ["1 immediate 1", "2 closed 2"])
            #expect(try await scene.log(.full) == ["1 immediate 1"])
        }
    }

    @Test func `the place's own alert names the unlocated one as the earlier`() async throws {
        try await Scene.with { scene in
            let report = try await scene.report(["a", "b"], at: nil, happeningNow: true, priority: .now)
            try await scene.drain()
            let place = try await scene.place()
            _ = try await scene.rows(
                "UPDATE placeguard.report SET location = $2, location_manner = 'steward' WHERE id = $1",
                [.id(report), .id(place)]
            )
            _ = try await scene.rows("UPDATE placeguard.item SET location = $1", [.id(place)])
            try await scene.put("location", place.value)
            try await scene.put("unlocated", report.value)
            try await scene.drain()
            let alerts = try await scene.rows(
                """
                SELECT a.cause, a.is_open, e.cause FROM placeguard.alert a LEFT JOIN placeguard.alert e ON e.id = a.earlier
                WHERE a.view = 'open' ORDER BY a.id
                """
            )
            let desk = scene.desk(MemoryAlertDesk.care)
            let reader = Principal.coordinator()
            let ids = try await scene.rows("SELECT id FROM placeguard.alert WHERE view = 'open' ORDER BY id").map {
                try $0.id(0, as: AlertID.self)
            }
            try #require(ids.count == 2)
            #expect(try await desk.history(of: ids[1], for: reader)?.earlier == ids[0], "SHOW tells it")
            #expect(try await desk.history(of: ids[0], for: reader)?.earlier == nil)
            #expect(try alerts.map { try $0.text(0) } == ["unlocated", "risk"])
            #expect(try alerts.map { try $0.bool(1) } == [false, true])
            #expect(try alerts[1].optionalText(2) == "unlocated")
        }
    }

    @Test func `what a place had before is not told in the open view of a report that is not open any more`()
        async throws
    {
        try await Scene.with { scene in
            let report = try await scene.report(at: nil, happeningNow: true, priority: .now)
            try await scene.drain()
            let place = try await scene.place()
            _ = try await scene.rows(
                "UPDATE placeguard.report SET location = $2, location_manner = 'steward' WHERE id = $1",
                [.id(report), .id(place)]
            )
            _ = try await scene.rows(
                "UPDATE placeguard.item SET location = $1, compartment = 'statutory-only'",
                [.id(place)]
            )
            try await scene.put("unlocated", report.value)
            try await scene.drain()
            try await scene.report(at: place, happeningNow: true, priority: .now)
            try await scene.drain()
            let alerts = try await scene.rows(
                "SELECT view, earlier IS NULL FROM placeguard.alert WHERE cause = 'risk' ORDER BY view"
            ).map { (try $0.text(0), try $0.bool(1)) }
            #expect(alerts.map(\.0) == ["full", "open"])
            #expect(alerts.map(\.1) == [false, true])
        }
    }

    @Test func `a run is summarised once, when the last of its due rows has gone`() async throws {
        try await Scene.with { scene in
            let run = try await scene.run()
            let red = try await scene.place("Red", areas: ["E05-1", "E06"])
            let green = try await scene.place("Green", areas: ["E05-1"])
            let bare = try await scene.place("Nowhere", areas: [])
            for _ in 0..<4 { try await scene.report(at: red, priority: .background, run: run) }
            for place in [green, bare] { try await scene.report(at: place, priority: .background, run: run) }
            try await scene.report(at: nil, priority: .background, run: run, due: false)
            try await scene.report(
                at: nil,
                agency: "police",
                compartment: .policeIntel,
                priority: .background,
                run: run,
                due: false
            )
            try await scene.finish(run)
            try await scene.finish(run)
            let seen = Seen()
            while try await scene.count("SELECT count(*) FROM placeguard.import_run WHERE summarised IS NOT NULL") == 0
            {
                try await scene.drain(limit: 2, seeing: seen)
            }
            #expect(!seen.locations.contains { !$0.endsRun && !$0.isBackground })
            let summaries = seen.works.compactMap { if case .importRun(let work) = $0 { work } else { nil } }
            #expect(summaries.count == 1)
            #expect(
                summaries[0].bandsByArea[.full] == ["E05-1": [.red: 1, .green: 1], "E06": [.red: 1], "": [.green: 1]]
            )
            #expect(summaries[0].unlocated == 2)
            #expect(summaries[0].openUnlocated == 1)
            #expect(try await scene.log(.open) == ["1 back-file 1", "2 back-file 1", "3 back-file 1"])
            let areas = try await scene.rows(
                "SELECT areas::text, everywhere FROM placeguard.feed WHERE view = 'open' ORDER BY seq"
            )
            #expect(try areas.map { try $0.text(0) } == ["{}", "{E05-1}", "{E06}"])
            #expect(try areas.map { try $0.bool(1) } == [true, false, false])
            #expect(try await scene.count("SELECT count(*) FROM placeguard.alert WHERE is_open") == 0)

            // Then every place that it left red or unrated is asked about once; the second request finds it told.
            try await scene.drain(seeing: seen)
            try await scene.drain(seeing: seen)
            #expect(seen.locations.filter(\.endsRun).map(\.id) == [red])
            #expect(seen.works.count { if case .importRun = $0 { true } else { false } } == 1)
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due WHERE due_at <= clock_timestamp()") == 0)
        }
    }

    @Test func `the end of a run waits where something else is due or new at the place`() async throws {
        try await Scene.with { scene in
            let place = try await scene.place()
            _ = try await scene.rows(
                """
                INSERT INTO placeguard.due (kind, subject, due_at, priority, reason)
                VALUES ('location', $1, clock_timestamp() - interval '1 hour', 3, 'run-ended')
                """,
                [.id(place)]
            )
            try await scene.report(at: place)
            let seen = Seen()
            try await scene.drain(seeing: seen)
            #expect(seen.locations.map(\.endsRun) == [false])
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due WHERE reason = 'run-ended'") == 1)
            // New without a row of its own yet: decided as live, and the end is asked about again.
            try await scene.report(at: place, due: false)
            try await scene.drain(seeing: seen)
            #expect(seen.locations.map(\.endsRun) == [false, false])
            #expect(seen.locations.map(\.isBackground) == [false, false])
            try await scene.drain(seeing: seen)
            #expect(seen.locations.map(\.endsRun) == [false, false, true])
            #expect(try await scene.count("SELECT count(*) FROM placeguard.due WHERE reason = 'run-ended'") == 0)
        }
    }
}
