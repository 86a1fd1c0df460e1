import Safeguarding
import Testing

@testable import Store

/// From publications to revisions of alerts.
struct AlertLedgerTests {
    private let place = DueSubject.location(LocationID(UniqueID(high: 1, low: 2)))
    private let now = Moment(seconds: 1_700_000_000)

    private func event(
        _ type: EventType,
        _ cause: AlertCause = .risk,
        urgency: Urgency = .normal,
        closes: Bool = false
    ) -> PublishedEvent {
        PublishedEvent(
            publication: Publication(
                type: type,
                cause: cause,
                urgency: urgency,
                why: [],
                ask: .none,
                bandFrom: nil,
                bandTo: nil,
                closes: closes
            ),
            body: "{}",
            areas: ["E05-1"]
        )
    }

    private func ledger(
        _ events: [PublishedEvent],
        open: [OpenAlert] = [],
        on subject: DueSubject? = nil
    ) -> [LedgerEntry] {
        var ledger = AlertLedger(now: now)
        var ids = TimeOrderedIDs(milliseconds: 1_700_000_000_000)
        ledger.enter(events, on: subject ?? place, open: open, facts: .summary, ids: &ids)
        return ledger.entries
    }

    private func alert(_ cause: AlertCause, rev: Int) -> OpenAlert {
        OpenAlert(
            id: AlertID(UniqueID(high: 7, low: 7)),
            cause: cause,
            rev: rev,
            urgency: .high,
            openedAt: now - 3_600
        )
    }

    @Test func `events of one cause are revisions of one alert, those of another cause open another`() {
        let entries = ledger([event(.raised), event(.rising), event(.reviewDue, .review)])
        #expect(entries.map(\.rev) == [1, 2, 1])
        #expect(entries[0].alert == entries[1].alert)
        #expect(entries[0].alert < entries[2].alert)
        #expect(entries.allSatisfy { !$0.closes && $0.openedAt == now })
    }

    @Test func `an open alert is continued and keeps when it was opened`() {
        let entries = ledger([event(.rising)], open: [alert(.risk, rev: 3), alert(.review, rev: 9)])
        #expect(entries.map(\.rev) == [4])
        #expect(entries[0].alert == alert(.risk, rev: 3).id)
        #expect(entries[0].openedAt == now - 3_600)
    }

    @Test func `an open alert stays as urgent as its most urgent revision, and its end is as urgent as the end`() {
        let entries = ledger(
            [
                event(.immediate, urgency: .immediate), event(.reported), event(.easing, urgency: .low),
                event(.closed, urgency: .low), event(.raised, urgency: .high),
            ],
            open: [alert(.risk, rev: 1)]
        )
        #expect(entries.map(\.urgency) == [.immediate, .normal, .low, .low, .high])
        #expect(entries.map(\.standing) == [.immediate, .immediate, .immediate, .low, .high])
        #expect(ledger([event(.reported)], open: [alert(.risk, rev: 1)]).map(\.standing) == [.high])
    }

    @Test func `a closing ends the alert and what comes after opens a new one`() {
        let entries = ledger([event(.easing), event(.closed), event(.raised)], open: [alert(.risk, rev: 1)])
        #expect(entries.map(\.rev) == [2, 3, 1])
        #expect(entries.map(\.closes) == [false, true, false])
        #expect(entries[2].alert != entries[1].alert)
    }

    @Test(arguments: [EventType.easing, .closed])
    func `an easing or a closing that finds nothing open is born closed`(type: EventType) {
        let entries = ledger([event(type), event(.raised)])
        #expect(entries.map(\.closes) == [true, false])
        #expect(entries.map(\.rev) == [1, 1])
        #expect(entries[0].alert != entries[1].alert)
    }

    @Test func `every event of a summary is an alert of its own, and none stays open`() {
        let entries = ledger([event(.backFile, .backFile), event(.backFile, .backFile)], on: .importRun(4))
        #expect(entries.allSatisfy { $0.closes && $0.rev == 1 })
        #expect(entries[0].alert != entries[1].alert)
    }

    @Test func `ids of a transaction sort in the order in which they were made, past the counter too`() {
        var ids = TimeOrderedIDs(milliseconds: 0x0190_0000_0000)
        let made = (0..<10_000).map { _ in ids.next() }
        #expect(made == made.sorted())
        #expect(Set(made).count == made.count)
        #expect(made.allSatisfy { $0.high >> 12 & 0xF == 7 && $0.low >> 62 == 2 })
        #expect(made[0].high >> 16 == 0x0190_0000_0000)
    }

    @Test func `words of an event name everything a term can, and a restricted place in the open view not by its id`() {
        let id = LocationID(UniqueID(high: 1, low: 2))
        let publication = Publication(
            type: .raised,
            cause: .risk,
            urgency: .high,
            why: [],
            ask: .decide,
            bandFrom: nil,
            bandTo: .red
        )
        func facts(_ view: View) -> EventFacts {
            .place(
                id,
                category: .residential,
                exact: Position(longitude: 1, latitude: 2),
                cell: Position(longitude: 1.1, latitude: 2.1),
                sources: [.police],
                view: view
            )
        }
        let open = facts(.open).tags(of: publication, areas: ["A"])
        let full = facts(.full).tags(of: publication, areas: ["A"])
        #expect(open == ["area:A", "kind:raised", "urgency:high", "band:red", "category:residential", "source:police"])
        #expect(Set(full).subtracting(open) == ["location:" + id.text])
        #expect(facts(.open).position == Position(longitude: 1.1, latitude: 2.1))
        #expect(facts(.full).position == Position(longitude: 1, latitude: 2))
        #expect(facts(.full).tags(of: publication, areas: []).first == "everywhere")
    }
}
