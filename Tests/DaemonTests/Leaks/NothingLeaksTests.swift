import Foundation
import Postgres
import Safeguarding
import StoreTestSupport
import TestSupport
import Testing

/// What a report says of people, what only one view may know, and every secret, looked for in all that leaves a daemon.
@Suite(
    .serialized,
    .enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)),
    .enabled(if: Tool.find("python3") != nil, "there is no python3 to play the targets"),
    .enabled(if: Tool.find("curl") != nil, "curl is not installed")
)
struct NothingLeaksTests {
    @Test(.timeLimit(.minutes(5)))
    func `nothing that a report says of people and no secret leaves on a surface of either view`() async throws {
        try await StoreFixture.bootstrapped { database in
            try await Installation.on("\(database.connectionString) password=\(Planted.databaseSecret.text)") {
                installation in
                let tokens = try await PlantedTokens.issue(on: installation)
                let daemon = try await installation.start(["PLACEGUARD_LOG_LEVEL": "trace"])
                let feed = daemon.addresses.feed
                let partner = Partner(address: daemon.addresses.http, token: tokens.reporter)
                let outlets = try await Outlets.start(installation, feed: feed, full: tokens.full, open: tokens.open)
                defer { outlets.stop() }
                let secrets = tokens.secrets + Planted.secrets
                let never = Planted.kept + Planted.hashed + Planted.words + [Planted.hostile] + secrets

                try await RawFeed.with(feed) { full in
                    try await RawFeed.with(feed) { open in
                        for (reader, token) in [(full, tokens.full), (open, tokens.open)] {
                            try await reader.logIn(token)
                            let answer = try await reader.ask("SUB desk FROM floor")
                            try #require(answer.hasPrefix("OK @q SUB desk "), "\(answer)")
                        }
                        let opened = try await PlantedShift.play(partner, full, open, installation)
                        #expect(await outlets.passedOn(Planted.last, alert: opened.last))

                        let hidden = [
                            opened.fullHotel, opened.lounge, opened.loungePlace, opened.last, "ack_by", "escalat",
                            "claim-expired", "claim-lapsed", #""asked""#,
                        ]
                        let withheld = never + Planted.restricted + hidden.map { Marker($0) }
                        try await Self.check(
                            full,
                            "full view",
                            shown: opened.lounge,
                            unknown: opened.openHotel,
                            act: Planted.fullActs,
                            mute: Planted.fullMute,
                            forbids: never
                        )
                        try await Self.check(
                            open,
                            "open view",
                            shown: opened.openHotel,
                            unknown: opened.lounge,
                            act: Planted.openNote,
                            mute: Planted.openMute,
                            forbids: withheld
                        )
                        try await Self.checkStrangers(feed, tokens, forbids: withheld)
                        for reader in [full, open] {
                            _ = try await reader.hear { $0.hasPrefix("HB ") }
                            try await reader.quit()
                        }
                        let told = [
                            "EVT desk ", Planted.hotel, Planted.last, "residential", " note ", " muted ",
                            " watch-ended ",
                            "BYE quit",
                        ]
                        let (fullText, openText) = (
                            full.told.joined(separator: "\n"), open.told.joined(separator: "\n")
                        )
                        Self.check(
                            Surface("full view", fullText),
                            shows: told + [Planted.lounge, " escalated "],
                            forbids: never
                        )
                        Self.check(Surface("open view", openText), shows: told, forbids: withheld)
                        for surface in [outlets.followedInOpenView, outlets.postedInOpenView] {
                            Self.check(surface, shows: [Planted.hotel, Planted.last], forbids: withheld)
                        }
                    }
                }

                Self.check(outlets.followedInFullView, shows: [Planted.lounge, Planted.last], forbids: never)
                Self.check(outlets.posted, shows: [Planted.lounge, "Placeguard-Signature: t="], forbids: never)
                let places = Planted.restricted + [Planted.hotel, Planted.last, "loc_"].map { Marker($0) }
                Self.check(outlets.mailed, shows: ["Subject: ", "Alert: alt_"], forbids: never + places)
                for (path, text) in [
                    ("metrics", "placeguard_feed_events_total"), ("healthz", "ok"), ("readyz", "ready"),
                ] {
                    Self.check(try await partner.read("/" + path), shows: [text], forbids: never + places)
                }
                #expect(await daemon.terminate() == 0)
                #expect(await outlets.sayTheFeedIsAway())
                #expect(outlets.said.found(never + places) == [])
                let logged = ["Placeguard is ready", "feed: session ended"]
                Self.check(Surface("the log", daemon.log), shows: logged, forbids: never + places)

                #expect(
                    try await Self.readers(of: database) == ["hook": 2, "lines": 2, "mail": 1, "desk": 2, "gone": 2]
                )

                // The same eyes find all of it where it belongs.
                let rows = try await Self.rows(of: database)
                let kept = Planted.kept + Planted.words + Planted.restricted
                #expect(rows.found(kept) == kept.map(\.text))
                #expect(rows.found(Planted.hashed + secrets) == [])
                #expect(outlets.mailLogin.found(secrets) == [Planted.mailSecret.text])
            }
        }
    }

    /// Everything that a reader may ask, and what is refused: a coordinator's words stand in SHOW and MUTES alone.
    private static func check(
        _ reader: RawFeed,
        _ view: String,
        shown alert: String,
        unknown: String,
        act: Marker,
        mute: Marker,
        forbids: [Marker]
    ) async throws {
        var refusals: [String] = []
        for command in Planted.hostileCommands(alert: alert, hidden: unknown) {
            refusals.append(try await reader.reply(to: Array(command.utf8)))
        }
        #expect(refusals.allSatisfy { $0.hasPrefix("ERR ") }, "\(refusals)")
        let refused = Surface("refusals, \(view)", refusals.joined(separator: "\n"))
        check(refused, shows: [" 400 bad-format ", " 404 unknown-alert ", " 422 bad-filter "], forbids: forbids)
        for (command, text, allowed) in [
            ("LIST", "ALERT alt_", nil), ("SHOW \(alert)", "ACTION ", act), ("MUTES", "MUTE mut_", mute),
            ("WHO", "PERSON ", nil), ("LAG", "CURSOR desk ", nil), ("LIMITS", "line=", nil),
        ] as [(String, String, Marker?)] {
            let surface = Surface("\(command), \(view)", try await reader.ask(command))
            check(surface, shows: [text] + [allowed].compactMap(\.?.text), forbids: forbids.filter { $0 != allowed })
        }
    }

    /// Refusals before login, of tokens among them, and of lines that are none.
    private static func checkStrangers(_ feed: String, _ tokens: PlantedTokens, forbids: [Marker]) async throws {
        let word = Planted.hostile.text
        let secret = tokens.full.drop { $0 != "." }
        let refusals = try await RawFeed.with(feed) { stranger in
            var refusals: [String] = []
            for line in ["HELLO 9 \(word) \(word)", "HELLO \(word)", "SUB \(word)", "\(word).\(tokens.open)"] {
                refusals.append(try await stranger.reply(to: Array(line.utf8)))
            }
            _ = try await stranger.ask("HELLO 1 \(word) \(word)")
            for line in ["AUTH TOKEN \(word)\(secret)", "AUTH TOKEN \(tokens.reporter)", "AUTH TOKEN \(word)"] {
                refusals.append(try await stranger.reply(to: Array(line.utf8)))
            }
            refusals.append(try await stranger.reply(to: [0xFF] + Array(word.utf8)))
            refusals.append(try await stranger.reply(to: Array(String(repeating: word, count: 200).utf8)))
            return refusals
        }
        #expect(refusals.allSatisfy { $0.hasPrefix("ERR ") }, "\(refusals)")
        let words = [
            " 505 version ", " 401 auth-required ", " 403 forbidden ", " 415 bad-utf8 ", " 413 line-too-long ",
        ]
        check(Surface("refusals to strangers", refusals.joined(separator: "\n")), shows: words, forbids: forbids)
    }

    /// It was delivered, and none of the markers stands in it.
    private static func check(
        _ surface: Surface,
        shows texts: [String],
        forbids: [Marker],
        _ location: SourceLocation = #_sourceLocation
    ) {
        for text in texts {
            #expect(surface.text.contains(text), "\(surface.name): no \(text)", sourceLocation: location)
        }
        let found = surface.found(forbids)
        #expect(found == [], "\(surface.name)", sourceLocation: location)
    }

    /// How many were sent events under each name, as the audit has it: whoever passes the feed on is audited as a reader.
    private static func readers(of database: TestDatabase) async throws -> [String: Int64] {
        try await withConnection(database.settings) { connection in
            let rows = try await connection.query(
                """
                SELECT split_part(split_part(a.detail, ' ', 1), '=', 2), count(DISTINCT a.subject)
                FROM (SELECT action, subject, detail FROM placeguard.audit_chain
                    UNION ALL SELECT action, subject, detail FROM placeguard.audit_entry) a
                WHERE a.action = 'feed.deliver' GROUP BY 1
                """
            )
            return Dictionary(try rows.map { (try $0.text(0), try $0.int64(1)) }) { first, _ in first }
        }
    }

    /// What the database keeps of reports, people, tokens, and coordinators' words.
    private static func rows(of database: TestDatabase) async throws -> Surface {
        try await withConnection(database.settings) { connection in
            let rows = try await connection.query(
                """
                SELECT t::text FROM placeguard.report AS t UNION ALL SELECT t::text FROM placeguard.report_narrative AS t
                UNION ALL SELECT t::text FROM placeguard.report_correction AS t
                UNION ALL SELECT t::text FROM placeguard.location_restricted_name AS t
                UNION ALL SELECT t::text FROM placeguard.person AS t UNION ALL SELECT t::text FROM placeguard.token AS t
                UNION ALL SELECT t::text FROM placeguard.alert_act AS t UNION ALL SELECT t::text FROM placeguard.mute AS t
                """
            )
            return Surface("the database", try rows.map { try $0.text(0) }.joined(separator: "\n"))
        }
    }
}
