import Assessor
import Postgres
import RiskAssessment
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// Law 9: adding a restricted item changes no byte of any open surface but the flag (scoring.md 11, design.md "Trust").
///
/// Two databases are told the same history; one is told restricted things besides. Both are decided with the template that
/// ships. Everything an open reader can ask for is written down and compared, byte by byte.
@Suite(needsServer)
struct TwoViewsLawTests {
    private enum Step: Sendable {
        case open(place: Int, agency: String, sign: String, happeningNow: Bool)
        case restricted(place: Int, Compartment)
        case unlocated
        case unlocatedRestricted
        case withdraw(place: Int)
        case withdrawRestricted(place: Int)
        /// A back-file with rows of both kinds, and a restricted live report about its first place before it is decided.
        case backFile(open: [Int], restricted: [Int], unlocated: Int)
        /// A coordinator acts on an alert of the full view.
        case act(AlertActKind, on: Int)
        /// Claims and times to claim run out.
        case timePasses
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `restricted items change no byte of what the open view reads`(round: UInt64) async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed &+ round)
        let steps = Self.history(&generator)
        let plain = try await Self.openSurfaces(steps, restricted: false)
        let mixed = try await Self.openSurfaces(steps, restricted: true)
        #expect(plain.count > 20, "seed \(seed)")
        let difference = zip(plain, mixed).first { $0 != $1 }
        #expect(difference == nil, "seed \(seed) round \(round)")
        #expect(plain.count == mixed.count, "seed \(seed) round \(round)")
        // The comparison is worth something only where the full view did change.
        #expect(mixed.last != "")
    }

    private static func history(_ generator: inout SeededGenerator) -> [Step] {
        var steps: [Step] = []
        for _ in 0..<30 {
            let place = Int.random(in: 0..<4, using: &generator)
            switch Int.random(in: 0..<15, using: &generator) {
            case 0...4: steps.append(open(at: place, &generator))
            case 5:
                let compartments: [Compartment] = [.statutoryOnly, .policeIntel, .lado]
                steps.append(.restricted(place: place, compartments.randomElement(using: &generator) ?? .lado))
            case 6: steps.append(.unlocated)
            case 7:
                steps.append(Bool.random(using: &generator) ? .unlocatedRestricted : .withdrawRestricted(place: place))
            case 8: steps.append(.withdraw(place: place))
            case 9, 10:
                func places(_ count: ClosedRange<Int>) -> [Int] {
                    (0..<Int.random(in: count, using: &generator)).map { _ in Int.random(in: 0..<4, using: &generator) }
                }
                let unlocated = Int.random(in: 0...2, using: &generator)
                steps.append(.backFile(open: places(0...5), restricted: places(1...5), unlocated: unlocated))
            case 11, 12:
                steps.append(.act(AlertActKind.allCases.randomElement(using: &generator) ?? .claim, on: place))
            case 13: steps.append(.timePasses)
            default: steps.append(open(at: place, &generator))
            }
        }
        return steps
    }

    private static func open(at place: Int, _ generator: inout SeededGenerator) -> Step {
        let signs = ["shop-tick-debt", "hidden-back-room", "adult-controls-child", "child-intoxicated-with-adult"]
        return .open(
            place: place,
            agency: ["licensing", "cctv"].randomElement(using: &generator) ?? "cctv",
            sign: signs.randomElement(using: &generator) ?? "shop-tick-debt",
            happeningNow: Int.random(in: 0..<5, using: &generator) == 0
        )
    }

    /// Tells a database the history and writes down everything an open reader gets.
    private static func openSurfaces(_ steps: [Step], restricted: Bool) async throws -> [String] {
        let decider = Decider(template: try ShippedRules.template())
        return try await Scene.with { scene in
            var places: [LocationID] = []
            for (index, category) in [LocationCategory.takeaway, .residential, .hotel, .park].enumerated() {
                places.append(
                    try await scene.place(
                        "Place \(index)",
                        category: category,
                        register: index != 3,
                        at: (Scene.square.longitude + Double(index) / 100, Scene.square.latitude)
                    )
                )
            }
            var reports: [Int: [ReportID]] = [:]
            var secrets: [Int: [ReportID]] = [:]
            for step in steps {
                switch step {
                case .open(let place, let agency, let sign, let happeningNow):
                    reports[place, default: []].append(
                        try await scene.report(
                            [sign],
                            at: places[place],
                            agency: agency,
                            happeningNow: happeningNow
                        )
                    )
                case .restricted(let place, let compartment) where restricted:
                    secrets[place, default: []].append(
                        try await scene.report(
                            ["hidden-back-room"],
                            at: places[place],
                            agency: "police",
                            compartment: compartment,
                            happeningNow: true
                        )
                    )
                case .unlocated: try await scene.report(at: nil, agency: "cctv", happeningNow: true)
                case .unlocatedRestricted where restricted:
                    try await scene.report(at: nil, agency: "police", compartment: .policeIntel, happeningNow: true)
                case .withdraw(let place):
                    if let report = reports[place]?.popLast() { try await scene.withdraw(report) }
                case .withdrawRestricted(let place) where restricted:
                    if let report = secrets[place]?.popLast() { try await scene.withdraw(report) }
                case .backFile(let open, let hidden, let unlocated):
                    let run = try await scene.run()
                    for place in open {
                        try await scene.report(at: places[place], priority: .background, run: run)
                    }
                    for _ in 0..<unlocated {
                        try await scene.report(at: nil, priority: .background, run: run, due: false)
                    }
                    if restricted {
                        let live = open.first.map { places[$0] }
                        try await scene.hide(hidden.map { places[$0] }, in: run, live: live)
                    }
                    // A run that brought the open view nothing is a run of which it hears nothing.
                    if restricted || !open.isEmpty || unlocated > 0 { try await scene.finish(run) }
                case .act(let kind, let number) where restricted: try await scene.act(kind, onAlert: number)
                case .timePasses where restricted: try await scene.bringTimersForward()
                default: break
                }
                try await scene.drainAll { try decider.decide($0, in: $1) }
                // The summary of a run whose rows were still there is looked at again a second later: now, here.
                while try await scene.bringRunsForward() {
                    try await scene.drainAll { try decider.decide($0, in: $1) }
                }
            }
            if restricted {
                #expect(
                    try await scene.count("SELECT count(*) FROM placeguard.item WHERE compartment <> 'open-partner'")
                        > 0
                )
            }
            return try await scene.openSurfaces(places)
        }
    }
}

extension Scene {
    /// Restricted rows of a back-file with one that found no place, and a live report about a place of the file.
    fileprivate func hide(_ places: [LocationID], in run: Int64, live: LocationID?) async throws {
        for place in places {
            try await report(at: place, agency: "police", compartment: .policeIntel, priority: .background, run: run)
        }
        try await report(
            at: nil,
            agency: "police",
            compartment: .policeIntel,
            priority: .background,
            run: run,
            due: false
        )
        guard let live else { return }
        try await report(["hidden-back-room"], at: live, agency: "police", compartment: .statutoryOnly)
    }

    /// Somebody acts on one of the full view's alerts, where there is one; what the desk refuses stays undone.
    fileprivate func act(_ kind: AlertActKind, onAlert number: Int) async throws {
        let template = try ShippedRules.template()
        let alerts = try await rows("SELECT id FROM placeguard.alert WHERE view = 'full' AND is_open ORDER BY id")
        guard !alerts.isEmpty else { return }
        let key = "act-\(try await count("SELECT count(*) FROM placeguard.alert_act"))"
        let act = AlertAct(kind, try alerts[number % alerts.count].id(0), actionID: key, text: "words")
        do {
            _ = try await desk { try template.care(of: $0, after: $1, by: $2, in: $3) }
                .act(act, by: .coordinator("ben", clearances: [.statutory]))
        } catch is AlertActRefusal {}
    }

    /// False where no summary waits.
    fileprivate func bringRunsForward() async throws -> Bool {
        let waiting = try await rows(
            "UPDATE placeguard.due SET due_at = clock_timestamp() WHERE kind = 'import-run' RETURNING id"
        )
        return !waiting.isEmpty
    }

    /// Everything that is read with an open reader's rights, without ids and times, which no two databases share.
    fileprivate func openSurfaces(_ places: [LocationID]) async throws -> [String] {
        let numbers = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
        var lines: [String] = []
        let reader = Principal.coordinator()
        let log = PostgresAlertLog(fixture.feed)
        let start = try await log.subscribe(reader, name: "law", from: .floor, filter: .everything)
        lines.append("log head=\(start.position.head) open=\(start.open) behind=\(start.behind)")
        let page = try await log.page(
            PageRead(
                start.subscription,
                principal: reader,
                after: 0,
                epoch: start.position.epoch,
                limit: 1_000,
                filter: .everything
            )
        )
        var alerts: [AlertID: Int] = [:]
        func line(_ event: LoggedEvent) -> String {
            let alert = alerts[event.alert] ?? alerts.count
            alerts[event.alert] = alert
            var body = event.body
            for (id, number) in numbers { body = body.replacing(id.text, with: "place-\(number)") }
            body.replace(/"review_by":"[^"]*"/, with: "review_by")
            body.replace(/"run":[0-9]+/, with: "run")
            // The flag, which is what may differ.
            body = body.replacing(#","restricted":true"#, with: "")
            return "\(event.seq) \(alert) \(event.rev) \(event.type) \(event.urgency) \(body)"
        }
        lines += page.events.map(line)
        let open = try await log.openAlerts(reader, filter: .everything, after: nil, limit: 1_000)
        lines += open.map { "LIST " + line($0.event) }

        let query = BriefingQuery.since(0)
        let picture = try await briefings.operational(query, reader: .named("ben"))
        lines.append("matching=\(picture.matching) reviews=\(picture.openReviews) unlocated=\(picture.unlocated)")
        // Reports by kind are counted up to the snapshot's second, which the two databases do not share.
        lines.append("bands=\(picture.countsByBand)")
        lines.append("labels=\(picture.signLabels.sorted { $0.key < $1.key }) conditions=\(picture.handlingConditions)")
        let listed = try await briefings.hotspots(query, after: nil, reader: .named("ben")).places
        var singles: [PlaceSummary] = []
        for place in places { singles += [try await briefings.place(place, reader: .named("ben"))].compactMap { $0 } }
        for place in (picture.places + listed).sorted(by: { (numbers[$0.id] ?? 0) < (numbers[$1.id] ?? 0) }) + singles {
            lines.append(summary(place, numbers, alerts))
        }
        return lines
    }

    /// Every field but the flag, which is what may differ.
    private func summary(_ place: PlaceSummary, _ numbers: [LocationID: Int], _ alerts: [AlertID: Int]) -> String {
        let number = numbers[place.id] ?? -1
        let score = [
            place.likelihood, place.severity, place.inherent, place.residual, Int(place.points?.units ?? -1),
        ]
        return "place-\(number) \(place.category) \(place.name ?? "-") \(place.isNameWithheld) \(place.areas) "
            + "\(place.longitude ?? 0) \(place.latitude ?? 0) \(place.isCoarse) \(place.band) \(place.machineBand) "
            + "\(String(describing: place.judgedBand)) \(String(describing: place.bandBefore)) \(place.trend) "
            + "\(place.confidence) \(score) \(place.marks) \(place.signs) \(place.hasRestrictedItems) \(place.reports) "
            + "\(place.reportsByKind) \(place.reviewDue != nil) \(place.isReviewOverdue) "
            + "\(place.openAlerts.map { "\(alerts[$0.id] ?? -1) \($0.cause) \($0.rev) \($0.urgency)" })"
    }
}
