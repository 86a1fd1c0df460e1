import Safeguarding
import Testing

/// Working time: Monday to Friday 08:00 to 18:00 in London, less the holidays (scoring.md section 10).
@Suite struct `Working time` {
    /// Christmas 2026: Friday 25, and Monday 28 in place of Boxing Day on Saturday.
    private let time = WorkingTime(holidays: Set(["2026-12-25", "2026-12-28"].compactMap { CivilDate($0) }))

    private func at(_ text: String) throws -> Moment { try #require(Moment(rfc3339: text)) }

    @Test(arguments: [
        // Winter: London is UTC. Monday to Tuesday, Friday to Monday.
        ("2026-11-23T10:00:00Z", "2026-11-24T10:00:00Z"), ("2026-11-27T17:59:59Z", "2026-11-30T17:59:59Z"),
        // 18:00 is closed, 07:59:59 not yet open: both count as the next opening.
        ("2026-11-23T18:00:00Z", "2026-11-25T08:00:00Z"), ("2026-11-23T07:59:59Z", "2026-11-24T08:00:00Z"),
        ("2026-11-23T08:00:00Z", "2026-11-24T08:00:00Z"),
        // Saturday and Sunday count as Monday's opening.
        ("2026-11-28T12:00:00Z", "2026-12-01T08:00:00Z"), ("2026-11-29T23:00:00Z", "2026-12-01T08:00:00Z"),
        // Over Christmas, with Boxing Day's substitute.
        ("2026-12-24T12:00:00Z", "2026-12-29T12:00:00Z"), ("2026-12-25T12:00:00Z", "2026-12-30T08:00:00Z"),
        // Across both clock changes the wall clock is kept.
        ("2026-03-27T12:00:00Z", "2026-03-30T11:00:00Z"), ("2026-10-23T11:00:00Z", "2026-10-26T12:00:00Z"),
        // Summer: London is an hour ahead, 07:00Z is the opening.
        ("2026-07-06T06:59:59Z", "2026-07-07T07:00:00Z"), ("2026-07-06T16:59:59Z", "2026-07-07T16:59:59Z"),
        ("2026-07-06T17:00:00Z", "2026-07-08T07:00:00Z"),
    ])
    func `a working day ends at the same time on the next working day`(from: String, to: String) throws {
        #expect(time.adding(workingDays: 1, to: try at(from)).rfc3339 == to)
    }

    @Test(
        arguments: [
            ("2026-11-23T10:00:00Z", 4, "2026-11-23T14:00:00Z"), ("2026-11-23T14:00:00Z", 4, "2026-11-23T18:00:00Z"),
            ("2026-11-23T14:00:01Z", 4, "2026-11-24T08:00:01Z"), ("2026-11-27T17:00:00Z", 4, "2026-11-30T11:00:00Z"),
            ("2026-11-28T12:00:00Z", 4, "2026-11-30T12:00:00Z"), ("2026-12-24T16:00:00Z", 4, "2026-12-29T10:00:00Z"),
            ("2026-11-23T08:00:00Z", 25, "2026-11-25T13:00:00Z"), ("2026-11-23T20:00:00Z", 0, "2026-11-24T08:00:00Z"),
            ("2026-10-23T15:00:00Z", 4, "2026-10-26T10:00:00Z"),
        ] as [(String, Int, String)]
    )
    func `working hours are counted across nights, weekends and holidays`(from: String, hours: Int, to: String) throws {
        #expect(time.adding(workingHours: hours, to: try at(from)).rfc3339 == to)
    }

    @Test func `several working days are one after another`() throws {
        let start = try at("2026-12-23T09:30:00Z")
        #expect(time.adding(workingDays: 0, to: start) == start)
        #expect(time.adding(workingDays: 2, to: start).rfc3339 == "2026-12-29T09:30:00Z")
        #expect(time.adding(workingDays: 10, to: start).rfc3339 == "2027-01-08T09:30:00Z")
    }

    @Test func `a calendar with nothing but holidays ends all the same`() throws {
        let start = try at("2026-11-23T10:00:00Z")
        let first = London.date(at: start)
        let never = WorkingTime(holidays: Set((0...800).map { first.adding(days: Int64($0)) }))
        #expect(never.adding(workingDays: 1, to: start) > start)
    }
}
