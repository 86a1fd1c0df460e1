import Intake
import Safeguarding

/// Made-up agencies, rules and reports of the fictional town of Marlowick.
enum Sample {
    static let agreementUntil = Moment(seconds: 1_900_000_000)

    static func principal(_ kind: AgencyKind = .licensing, code: String = "licensing", canGrade: Bool = false)
        -> Principal
    {
        Principal(
            tokenID: "t1",
            agency: code,
            agencyKind: kind,
            person: "ada",
            role: .reporter,
            canGrade: canGrade,
            agreementUntil: agreementUntil
        )
    }

    static let rules = IntakeRules(
        template: "safeguarding",
        version: 1,
        signs: [
            "child-in-danger-now": .init(severity: 5),
            "shop-tick-debt": .init(severity: 4, categories: [.offLicenceShop, .takeaway]),
            "room-visitor-traffic": .init(severity: 3, categories: [.hotel, .shortLet]),
            "gathering-point-with-adults": .init(severity: 2, categories: [.park, .retailCentre, .takeaway, .carPark]),
            "staff-inappropriate-contact": .init(severity: 5),
            "out-of-area-vehicle-pattern": .init(severity: 2),
            "fare-paid-by-absent-adult": .init(severity: 3, categories: [.privateHire]),
            "place-named-by-child": .init(severity: 3), "collected-odd-hours": .init(severity: 3),
            "vehicle-transfer-of-child": .init(severity: 4), "cars-waiting-near-children": .init(severity: 4),
            "child-distressed-with-adult": .init(severity: 3), "poor-guardianship": .init(severity: 1),
        ],
        grades: [
            .licensing: .init(seen: grade("1A"), told: grade("1C"), heard: grade("1D")),
            .police: .init(seen: grade("1A"), told: grade("1C"), heard: grade("1D")),
            .cctv: .init(seen: grade("2A"), told: grade("2C"), heard: grade("2D")),
        ],
        otherGrades: .init(seen: grade("2A"), told: grade("2D"), heard: grade("2D")),
        prompts: [
            .init(code: .call999, text: "Call 999.", signs: ["child-in-danger-now"], happeningNow: true),
            .init(code: .considerNRM, text: "NRM?", signs: ["shop-tick-debt"]),
            .init(
                code: .lado,
                text: "Tell the LADO.",
                signs: ["staff-inappropriate-contact"],
                adultWorksWithChildren: true
            ),
            .init(code: .thinkTwice, text: "Think twice.", signs: ["gathering-point-with-adults"]),
            .init(code: .licensedElsewhere, text: "Tell the authority.", signs: ["out-of-area-vehicle-pattern"]),
            .init(code: .unusualForCategory, text: "Unusual here."),
        ],
        localLicensingAuthorities: ["marlowick"]
    )

    static let key = OriginatorKey(bytes: Array(0..<32)) ?? other
    private static let other: OriginatorKey = { preconditionFailure("32 bytes are a key") }()

    static let validator = ReportValidator(rules: rules, key: key)

    static func grade(_ text: String) -> Grade { Grade(text) ?? Grade(source: .notReliable, information: .e) }

    // MARK: Bodies

    /// A sound report with some members replaced, added or (nil) taken away, each given as JSON text.
    static func body(_ changes: [(String, String?)] = []) -> [UInt8] {
        var members: [(String, String)] = [
            ("reference", #""LIC-1""#), ("observed", #""2026-11-20T21:15:00Z""#),
            ("location", #"{"point":[-0.4229,51.87998]}"#), ("signs", #"["shop-tick-debt"]"#),
            ("knowledge", #""seen""#),
        ]
        for (key, value) in changes {
            members.removeAll { $0.0 == key }
            if let value { members.append((key, value)) }
        }
        return Array(("{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}").utf8)
    }

    static func report(_ changes: [(String, String?)] = [], from principal: Principal = principal()) throws
        -> ValidatedReport
    {
        try validator.validate(body(changes), from: principal)
    }

    /// The faults of a report, empty where it is sound.
    static func faults(_ changes: [(String, String?)], from principal: Principal = principal()) -> [Fault] {
        faults(of: body(changes), from: principal)
    }

    static func faults(of body: [UInt8], from principal: Principal = principal()) -> [Fault] {
        do {
            _ = try validator.validate(body, from: principal)
            return []
        } catch {
            return error.faults
        }
    }
}
