import Safeguarding
import Store
import TestSupport
import Testing

/// What coordinators rely on when they act on an alert, on the real desk and on the double that FEED/1's tests use.
@Suite(needsServer)
struct AlertDeskConformanceTests {
    private let ana = Principal.coordinator("ana", clearances: [.statutory])
    private let ben = Principal.coordinator("ben", clearances: [.statutory])
    private let uncleared = Principal.coordinator("cleo")

    private func listed(_ subject: any LogUnderTest, _ reader: Principal) async throws -> [LoggedEvent] {
        try await subject.log.openAlerts(reader, filter: .everything, after: nil, limit: 10).map(\.event)
    }

    @Test(arguments: Implementation.allCases)
    func `a claim is a revision of the alert that names the claimer`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            let raised = try await subject.publish(in: .full)
            let receipt = try await subject.desk.act(AlertAct(.claim, raised.alert, actionID: "1"), by: ana)
            #expect(receipt.rev == 2)
            #expect(receipt.until != nil)
            let last = try #require(try await listed(subject, ben).first)
            #expect(last.type == .claim && last.rev == 2 && last.urgency == raised.urgency)
            #expect(last.body == #"{"claim":{"by":"ana","until":"\#(receipt.until?.rfc3339 ?? "")"}}"#)
            let start = try await subject.log.subscribe(ben, name: "desk", from: .floor, filter: .everything)
            #expect(try await subject.page(start, ben).events == [raised, last])
        }
    }

    @Test(arguments: Implementation.allCases)
    func `the same act again has the same answer and no second effect`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            let alert = try await subject.publish(in: .full).alert
            let act = AlertAct(.claim, alert, actionID: "1", text: "ringing")
            let receipt = try await subject.desk.act(act, by: ana)
            #expect(try await subject.desk.act(act, by: ana) == receipt)
            for other in [
                AlertAct(.claim, alert, actionID: "1", text: "other words"),
                AlertAct(.note, alert, actionID: "1", text: "ringing"),
            ] {
                await #expect(throws: AlertActRefusal.actionReused) { try await subject.desk.act(other, by: ana) }
            }
            // Another person's keys are another person's.
            let note = AlertAct(.note, alert, actionID: "1", text: "mine")
            #expect(try await subject.desk.act(note, by: ben).rev == 3)
            _ = try await subject.desk.act(AlertAct(.resolve, alert, actionID: "2", text: "known"), by: ana)
            #expect(try await subject.desk.act(act, by: ana) == receipt)
            #expect(try await subject.log.position(of: .full).head == 4)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `nobody takes, gives back or ends what another has claimed, but may leave a note`(
        on implementation: Implementation
    ) async throws {
        try await implementation.with { subject in
            let alert = try await subject.publish(in: .full).alert
            let until = try await subject.desk.act(AlertAct(.claim, alert, actionID: "1"), by: ana).until
            for (number, kind) in [AlertActKind.claim, .release, .resolve].enumerated() {
                await #expect(throws: AlertActRefusal.alreadyClaimed(until: try #require(until))) {
                    try await subject.desk.act(AlertAct(kind, alert, actionID: "b-\(number)", text: "x"), by: ben)
                }
            }
            // A refused key is free.
            _ = try await subject.desk.act(AlertAct(.note, alert, actionID: "b-0", text: "seen"), by: ben)
            _ = try await subject.desk.act(AlertAct(.release, alert, actionID: "2"), by: ana)
            await #expect(throws: AlertActRefusal.notClaimed) {
                try await subject.desk.act(AlertAct(.release, alert, actionID: "3"), by: ana)
            }
            #expect(try await subject.desk.act(AlertAct(.claim, alert, actionID: "b-1"), by: ben).rev == 5)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `an alert ends with words, so that the decision is on record`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            let alert = try await subject.publish(in: .full).alert
            for text in ["", " ", "\u{A0}\u{2003}", "\u{200B}\u{2060}"] {
                await #expect(throws: AlertActRefusal.textRequired, "\(text.debugDescription)") {
                    try await subject.desk.act(AlertAct(.resolve, alert, actionID: "1", text: text), by: ana)
                }
            }
            #expect(try await listed(subject, ana).count == 1)
            // A refused key is free.
            _ = try await subject.desk.act(AlertAct(.resolve, alert, actionID: "1", text: "known"), by: ana)
            #expect(try await listed(subject, ana).isEmpty)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a decision ends nothing that came while it was made`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            let alert = try await subject.publish(in: .full).alert
            func resolve(_ rev: Int?) async throws -> Int {
                let act = AlertAct(.resolve, alert, actionID: "1", text: "known", decidedFrom: rev)
                return try await subject.desk.act(act, by: ana).rev
            }
            let reported = FeedFacts(type: .reported, areas: ["E05-1"])
            #expect(try await subject.publish(alert, in: .full, reported).rev == 2)
            try await subject.publish(alert, in: .full, FeedFacts(type: .escalated, areas: ["E05-1"]))
            _ = try await subject.desk.act(AlertAct(.note, alert, actionID: "b", text: "seen"), by: ben)
            for rev in [1, 5] {
                await #expect(throws: AlertActRefusal.changed(rev: 4), "from \(rev)") { try await resolve(rev) }
            }
            #expect(try await listed(subject, ben).count == 1)
            // Acts and time are no news of the place, a refused key is free, and a repetition needs no revision.
            for rev in [2, nil, 1] { #expect(try await resolve(rev) == 5) }
            #expect(try await listed(subject, ben).isEmpty)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `whose alert has become more urgent decides anew`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            func resolve(_ alert: AlertID, by person: Principal) async throws -> Int {
                let key = "resolve-\(alert)"
                let act = AlertAct(.resolve, alert, actionID: key, text: "known")
                return try await subject.desk.act(act, by: person).rev
            }
            let immediate = FeedFacts(type: .immediate, urgency: .immediate, areas: ["E05-1"])
            for hasActed in [true, false] {
                let facts = FeedFacts(type: .raised, urgency: .high, areas: ["E05-1"])
                let alert = try await subject.publish(in: .full, facts).alert
                if hasActed {
                    _ = try await subject.desk.act(AlertAct(.note, alert, actionID: "n", text: "x"), by: ana)
                }
                let rev = try await subject.publish(alert, in: .full, immediate).rev
                await #expect(throws: AlertActRefusal.changed(rev: rev)) { try await resolve(alert, by: ana) }
                _ = try await subject.desk.act(AlertAct(.claim, alert, actionID: "c-\(hasActed)"), by: ana)
                #expect(try await resolve(alert, by: ana) == rev + 2)
            }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `what the log has dropped was read long ago, but nobody knows how urgent it was`(
        on implementation: Implementation
    ) async throws {
        try await implementation.with { subject in
            let alert = try await subject.publish(in: .full).alert
            _ = try await subject.desk.act(AlertAct(.note, alert, actionID: "n", text: "seen"), by: ana)
            try await subject.publish(alert, in: .full, FeedFacts(type: .escalated, areas: ["E05-1"]))
            try await subject.dropBelow(3, in: .full)
            let blind = AlertAct(.resolve, alert, actionID: "1", text: "known")
            await #expect(throws: AlertActRefusal.changed(rev: 3)) { try await subject.desk.act(blind, by: ana) }
            var sighted = blind
            sighted.decidedFrom = 1
            #expect(try await subject.desk.act(sighted, by: ana).rev == 4)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a resolved alert is over`(on implementation: Implementation) async throws {
        try await implementation.with { subject in
            let alert = try await subject.publish(in: .full).alert
            _ = try await subject.desk.act(AlertAct(.resolve, alert, actionID: "1", text: "known"), by: ana)
            #expect(try await listed(subject, ana).isEmpty)
            for kind in AlertActKind.allCases {
                await #expect(throws: AlertActRefusal.alertClosed) {
                    try await subject.desk.act(AlertAct(kind, alert, actionID: "2", text: "x"), by: ana)
                }
            }
            let history = try #require(try await subject.desk.history(of: alert, for: ben))
            #expect(!history.isOpen)
            #expect(history.standing.type == .resolved)
            #expect(history.events.map(\.type) == [.raised, .resolved])
            #expect(history.acts.map(\.text) == ["known"])
        }
    }

    @Test(arguments: Implementation.allCases)
    func `what a reader may not see is unknown, whether it is there or not`(on implementation: Implementation)
        async throws
    {
        try await implementation.with { subject in
            let place = try await subject.place(category: .takeaway)
            let full = try await subject.publish(in: .full, FeedFacts(location: place, areas: ["E05-1"])).alert
            let open = try await subject.publish(in: .open).alert
            try await subject.link(agency: "cctv", to: place)
            let strangers: [(Principal, AlertID)] = [
                (uncleared, full), (ana, open),
                (.coordinator("dan", areas: ["E05-2"], clearances: [.statutory]), full),
                (.coordinator("eve", agency: "cctv", clearances: [.statutory]), full),
                (ana, AlertID(UniqueID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_ffff))),
            ]
            for (stranger, alert) in strangers {
                #expect(try await subject.desk.history(of: alert, for: stranger) == nil)
                await #expect(throws: AlertActRefusal.unknownAlert) {
                    try await subject.desk.act(AlertAct(.note, alert, actionID: "1", text: "x"), by: stranger)
                }
            }
            #expect(try await subject.log.position(of: .full).head == 1)
        }
    }

    @Test(arguments: Implementation.allCases)
    func `without clearance there are notes only, and a note has words`(on implementation: Implementation) async throws
    {
        try await implementation.with { subject in
            let alert = try await subject.publish(in: .open).alert
            for kind in [AlertActKind.claim, .release, .resolve] {
                await #expect(throws: AlertActRefusal.notCleared) {
                    try await subject.desk.act(AlertAct(kind, alert, actionID: "1"), by: uncleared)
                }
            }
            await #expect(throws: AlertActRefusal.textRequired) {
                try await subject.desk.act(AlertAct(.note, alert, actionID: "1"), by: uncleared)
            }
            #expect(
                try await subject.desk.act(AlertAct(.note, alert, actionID: "1", text: "x"), by: uncleared).rev == 2
            )
            let history = try #require(try await subject.desk.history(of: alert, for: uncleared))
            #expect(history.acts.map(\.by) == ["cleo"])
            #expect(history.isOpen)
        }
    }

    @Test(arguments: [98, 99, 100, 101])
    func `a history is of the last hundred`(_ notes: Int) async throws {
        for implementation in Implementation.allCases {
            try await implementation.with { subject in
                let alert = try await subject.publish(in: .full).alert
                for number in 1...notes {
                    let note = AlertAct(.note, alert, actionID: "\(number)", text: "note \(number)")
                    _ = try await subject.desk.act(note, by: ana)
                }
                let history = try #require(try await subject.desk.history(of: alert, for: ana))
                #expect(history.acts.count == min(notes, 100))
                #expect(history.acts.last?.text == "note \(notes)")
                #expect(history.events.count == min(notes + 1, 100))
                #expect(history.events.last?.rev == notes + 1)
                #expect(history.isShortened == (notes + 1 > 100))
            }
        }
    }
}
