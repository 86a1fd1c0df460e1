import Foundation
import Safeguarding

/// What the leak test plants: every field of a report that a person fills, people, their words, and secrets.
enum Planted {
    /// What reports and people are made of; the database keeps it, and nobody is sent it.
    static let kept = markers([
        "Zoë-Anouk", "Quillfeather", "thirteen-and-a-half", "Oxthorne", "ZX19 QWV",  // the narrative
        "Mantlepike", "Fennimore", "Halloway", "WV98 7QX", "wexcombe-council", "QX73VKZ",  // other fields
        "Merrowdale", "PE39 4QX", "Ottoline", "Cresswick",
        "-0.42718", "51.87946", "-0.53827", "51.90157", "-0.64931", "51.77268", "-0.75142", "51.66379",  // positions
        "ashgrove", "Underdrake", "marchwell",  // who reports
        "Netherfold", "Bellwether",  // names of those who read
        // Said by a police-intel report: a sign that needs a clearance of its own.
        "company-asset-misused",
    ])
    /// Who noticed is kept as a keyed hash only.
    static let hashed = markers(["brookwright"])
    /// What only the full view may know.
    static let restricted = markers([lounge, "shisha-lounge", "hidden-back-room", "room-drugs-condoms"])

    // Words of coordinators, each for readers of one view and on no event.
    static let fullActs = Marker("Thistlewood")
    static let openNote = Marker("Larkmoss")
    static let fullMute = Marker("Elderglass")
    static let openMute = Marker("Tarnbridge")
    static let words = [fullActs, openNote, fullMute, openMute]

    /// What hostile commands are full of.
    static let hostile = Marker("Vexworthy")
    static let webhookSecret = Marker("Dunmorrow-Sedgwick")
    static let mailSecret = Marker("Brackenthwaite-7")
    /// The installation's key for originators.
    private static let originatorKey = Marker(String(repeating: "\u{7}", count: 32))
    /// In the daemon's connection string; the cluster asks for none.
    static let databaseSecret = Marker("Hollowbrook-3")
    static let secrets = [webhookSecret, mailSecret, originatorKey, databaseSecret]

    // Names of places that either view may say; and of the one that the full view alone may.
    static let hotel = "Quayside Lantern"
    static let last = "Gull Street Steps"
    static let lounge = "Candlewick"

    private static func markers(_ texts: [String]) -> [Marker] { texts.map { Marker($0) } }

    // MARK: Reports

    /// Reports of places, of which each opens an alert or adds to one; two of three places are known to the open view.
    static var reports: [JSON] {
        [
            report(1, "adult-controls-child", at: point("-0.4271839", "51.8794613", hotel, "hotel")),
            report(2, "room-drugs-condoms", at: point("-0.4271839", "51.8794613", hotel, "hotel"), "statutory-only"),
            report(
                3,
                "hidden-back-room",
                at: point("-0.5382746", "51.9015728", lounge, "shisha-lounge"),
                "statutory-only"
            ),
            report(
                4,
                "company-asset-misused",
                at: point("-0.5382746", "51.9015728", lounge, "shisha-lounge"),
                "police-intel"
            ),
            report(5, "child-unexplained-injury", at: point("-0.6493157", "51.7726834", "12 Ottoline", "residential")),
            report(6, "child-distressed-with-adult", at: named("Merrowdale Arms", "PE39 4QX")),
        ]
    }

    /// One more that no place is found for.
    static var vehicleReport: JSON {
        let vehicle: JSON = .object([("plate", .string("QX73 VKZ")), ("licensedBy", .string("wexcombe-council"))])
        return report(7, "child-alone-long-journey", at: .object([("vehicle", vehicle)]))
    }

    /// The report whose alert both views are told last.
    static var lastReport: JSON {
        report(8, "child-intoxicated-with-adult", at: point("-0.7514268", "51.6637945", last, "park"))
    }

    /// A report with something in every field that a person fills.
    private static func report(
        _ number: Int,
        _ sign: String,
        at place: JSON,
        _ compartment: String = "open-partner"
    ) -> JSON {
        let journey: JSON = .object([
            ("from", named("Halloway Steps", "WV98 7QX")), ("to", named("Halloway Yard", "WV98 7QX")),
        ])
        return .object([
            ("reference", .string("Mantlepike-\(number)")),
            ("observed", .string(Moment(seconds: Int64(Date().timeIntervalSince1970)).rfc3339)),
            ("location", place), ("role", .string("harm")), ("attribution", .string("inside")),
            ("signs", .strings([sign])), ("knowledge", .string("seen")), ("compartment", .string(compartment)),
            ("originator", .string("email:tessaly.brookwright@example.net")),
            ("handling", .object([("code", .string("C")), ("conditions", .string("For Fennimore alone."))])),
            ("journey", journey), ("happeningNow", .bool(true)),
            (
                "narrative",
                .string(
                    "Zoë-Anouk Quillfeather, thirteen-and-a-half, went with Barnaby Oxthorne in the van ZX19 QWV."
                )
            ),
        ])
    }

    private static func point(_ longitude: String, _ latitude: String, _ name: String, _ category: String) -> JSON {
        .object([
            ("point", .array([.decimal(longitude), .decimal(latitude)])), ("name", .string(name)),
            ("category", .string(category)),
        ])
    }

    private static func named(_ name: String, _ postcode: String) -> JSON {
        .object([("name", .string(name)), ("postcode", .string(postcode))])
    }

    // MARK: Commands

    /// Lines that the server refuses to a reader who is logged in.
    ///
    /// - Parameters:
    ///   - alert: One of the reader's view.
    ///   - hidden: One of the other view.
    static func hostileCommands(alert: String, hidden: String) -> [String] {
        let (word, nobody) = (hostile.text, "00000000-0000-7000-8000-000000000000")
        return [
            word, "@\(word)-is-no-tag-at-all PING", "@\(word)! PING", "PING\t\(word)", "HELLO 1 \(word) \(word)",
            "AUTH TOKEN \(word).\(word)", "AUTH \(word) \(word)", "SUB \(word)!", "SUB desk FROM \(word)",
            "SUB desk WINDOW \(word)", "SUB \(word) FROM 1@\(word)", "SUB \(word) FILTER area:\(word) \(word):\(word)",
            "FILTER \(word) area:\(word)", "FILTER? \(word)", "FILTER desk category:\(word)", "ACK \(word) 1",
            "ACK desk \(word)", "LIST AFTER \(word)", "LIST FILTER location:loc_\(word)", "SHOW \(word)",
            "SHOW \(hidden)", "CLAIM alt_\(nobody) \(word) \(word)", "NOTE \(hidden) \(word) \(word)",
            "NOTE \(alert) \(word)", "RELEASE \(alert) \(word)! \(word)",
            "MUTE kind:rising FOR 8h REASON \(word) \(word)",
            "MUTE area:\(word) FOR 99h REASON \(word) \(word)", "MUTE ALL \(word) FOR \(word) REASON \(word)",
            "CONFIRM \(word)", "CONFIRM mut_\(nobody)", "UNMUTE \(word)", "WHO \(word)", "LIMITS \(word)",
            "QUIT \(word)",
        ]
    }
}
