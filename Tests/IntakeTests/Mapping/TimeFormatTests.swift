import Safeguarding
import Testing

@testable import Intake

@Suite("Time formats of a mapping")
struct TimeFormatTests {
    @Test(arguments: [
        ("dd/MM/yyyy HH:mm", "20/11/2026 21:15", "2026-11-20T21:15:00Z"),
        ("dd/MM/yyyy HH:mm", "20/06/2026 21:15", "2026-06-20T20:15:00Z"),
        ("d/M/yyyy H:mm:ss", "1/2/2026 9:05:07", "2026-02-01T09:05:07Z"),
        ("d/M/yyyy H:mm", "11/12/2026 19:05", "2026-12-11T19:05:00Z"),
        ("dd-MMM-yyyy", "20-NOV-2026", "2026-11-20"), ("yyyy-MM", "2026-11", "2026-11"),
        ("yyyyMMdd", "20261120", "2026-11-20"),
        ("yyyy-MM-ddTHH:mm", "2026-11-20T21:15", "2026-11-20T21:15:00Z"), ("MMM yyyy", "Feb 2026", "2026-02"),
        // The clocks go forward at 01:00 on 29 March, and back at 02:00 on 25 October 2026.
        ("dd/MM/yyyy HH:mm", "29/03/2026 01:30", "2026-03-29T01:30:00Z"),
        ("dd/MM/yyyy HH:mm", "25/10/2026 01:30", "2026-10-25T00:30:00Z"),
        ("rfc3339", "anything", "anything"),
    ])
    func `are read in London's time`(_ pattern: String, _ text: String, _ expected: String) {
        #expect(TimeFormat(pattern: pattern, zone: .london)?.read(text) == expected)
    }

    @Test func `are read in another zone`() throws {
        let zone = try #require(TimeFormat.Zone("+05:30"))
        #expect(TimeFormat(pattern: "dd/MM/yyyy HH:mm", zone: zone)?.read("20/06/2026 21:15") == "2026-06-20T15:45:00Z")
        #expect(TimeFormat.Zone("UTC") == .offset(0))
        #expect(TimeFormat.Zone("-01:00") == .offset(-3_600))
    }

    @Test(arguments: [
        ("dd/MM/yyyy", "31/11/2026"), ("dd/MM/yyyy", "1/11/2026"), ("dd/MM/yyyy", "01/11/26"),
        ("dd/MM/yyyy", "01/11/2026 "),
        ("dd/MM/yyyy HH:mm", "01/11/2026 24:00"), ("dd/MM/yyyy HH:mm", "01/11/2026 23:60"),
        ("dd/MM/yyyy", "01-11-2026"), ("dd/MM/yyyy", ""),
        ("dd MMM yyyy", "01 Nvo 2026"), ("yyyy-MM", "2026-13"), ("dd/MM/yyyy", "\u{661}1/11/2026"),
    ])
    func `refuse what is not in them`(_ pattern: String, _ text: String) {
        #expect(TimeFormat(pattern: pattern, zone: .london)?.read(text) == nil)
    }

    @Test(arguments: [
        "", "HH:mm", "yyyy", "dd/MM", "yyyy-MM HH", "yyyy-MM-dd mm", "yyyy-MM-dd HH:ss", "yy-MM-dd", "yyyy-MM-dd yyyy",
        "yyyy-MM-dd'T'HHx", "EEE yyyy-MM", "yyyy MM MMM",
    ])
    func `are refused where they say too little, or nothing known`(_ pattern: String) {
        #expect(TimeFormat(pattern: pattern, zone: .london) == nil)
    }

    @Test(arguments: ["", "London", "GMT+1", "+1:00", "+24:00", "+01:60", "01:00"])
    func `know no other zones`(_ text: String) {
        #expect(TimeFormat.Zone(text) == nil)
    }
}
