import Safeguarding
import Testing

/// A shift in which everything planted is filed, claimed, noted, muted and withdrawn, and nobody comes in time.
enum PlantedShift {
    /// What the reports opened.
    struct Opened: Sendable {
        var fullHotel: String
        var openHotel: String
        var lounge: String
        var loungePlace: String
        /// The reports of places.
        var reports: [String]
        /// In the full view, the alert that both views were told of last.
        var last: String
    }

    /// Files every report, acts on what they open, and waits until both views were told of the last.
    static func play(
        _ partner: Partner,
        _ full: RawFeed,
        _ open: RawFeed,
        _ installation: Installation
    ) async throws -> Opened {
        var receipts: [JSONValue] = []
        for report in Planted.reports { receipts.append(try await partner.create("/v1/reports", report)) }
        let vehicle = try await partner.create("/v1/reports", Planted.vehicleReport)
        for sign in ["child-unexplained-injury", "child-distressed-with-adult", "child-alone-long-journey"] {
            for reader in [full, open] { _ = try await reader.hear { $0.contains(sign) } }
        }
        _ = try await full.hear { $0.contains("room-drugs-condoms") }
        let place = try #require(receipts.first { $0["location"]?["category"]?.string == "shisha-lounge" })
        let opened = Opened(
            fullHotel: try alert(try await full.hear { $0.contains(Planted.hotel) }),
            openHotel: try alert(try await open.hear { $0.contains(Planted.hotel) }),
            lounge: try alert(try await full.hear { $0.contains(Planted.lounge) && $0.contains(#""reports":2"#) }),
            loungePlace: try #require(place["location"]?["id"]?.string),
            reports: receipts.compactMap { $0["report"]?.string },
            last: ""
        )

        let id = try #require(vehicle["report"]?.string)
        let withdrawal: JSON = .object([("withdrawn", .bool(true)), ("reason", .string("Cresswick asked for it."))])
        _ = try await partner.create("/v1/reports/\(id)/corrections", withdrawal)
        for verb in ["CLAIM", "RELEASE", "NOTE", "RESOLVE"] {
            try await ask(full, "\(verb) \(opened.lounge) act-\(verb) \(Planted.fullActs.text) says so")
        }
        try await ask(full, "NOTE \(opened.fullHotel) act-5 \(Planted.fullActs.text) says so")
        try await ask(open, "NOTE \(opened.openHotel) act-1 \(Planted.openNote.text) says so")
        for (reader, reason) in [(full, Planted.fullMute), (open, Planted.openMute)] {
            let answer = try await ask(reader, "MUTE near:-3.1,53.2,500 FOR 8h REASON \(reason.text) works there")
            let mute = try #require(answer.firstRange(of: /mut_[0-9a-f-]{36}/).map { String(answer[$0]) })
            try await ask(reader, "CONFIRM \(mute)")
        }
        for reader in [full, open] {
            _ = try await reader.hear { $0.contains(" closed ") && $0.contains(#""withdrawn""#) }
            _ = try await reader.hear { $0.contains(" muted ") }
        }

        try await ask(full, "CLAIM \(opened.fullHotel) act-6 \(Planted.fullActs.text) says so")
        try await installation.timersRunOut()
        _ = try await full.hear { $0.contains(" claim-expired ") }
        _ = try await full.hear { $0.contains(" escalated ") }
        for reader in [full, open] {
            try await ask(reader, "SUB gone FROM head FILTER location:loc_01900000-0000-7000-8000-00000000dead")
            _ = try await reader.hear { $0.contains(" watch-ended ") }
        }

        _ = try await partner.create("/v1/reports", Planted.lastReport)
        _ = try await open.hear { $0.contains(Planted.last) }
        var all = opened
        all.last = try alert(try await full.hear { $0.contains(Planted.last) })
        return all
    }

    /// The alert's id on an EVT line.
    private static func alert(_ line: String) throws -> String {
        try #require(line.split(separator: " ").first { $0.hasPrefix("alt_") }.map { String($0) }, "\(line)")
    }

    /// Sends what must be done.
    @discardableResult
    private static func ask(_ reader: RawFeed, _ command: String) async throws -> String {
        let answer = try await reader.ask(command)
        #expect(answer.hasPrefix("OK "), "\(command): \(answer)")
        return answer
    }
}
