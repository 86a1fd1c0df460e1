import Postgres
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// A limit that no place can meet blinds its reader: it is refused, or told to whoever sets it and to the doctor.
@Suite(needsServer)
struct AreaLimitTests {
    @Test(arguments: ["*", "", " ", "E05A E05B", "E05A,E05B", "-E05A", "Höfen", String(repeating: "a", count: 33)])
    func `what is no code of an area limits nobody`(_ area: String) async throws {
        try await Partnership.with { partnership in
            await #expect(throws: DirectoryRefusal.badArea) { try await partnership.add("children", areas: [area]) }
            try await partnership.add("children")
            await #expect(throws: DirectoryRefusal.badArea) {
                try await partnership.tokens.issue(
                    NewToken(agency: "children", role: .coordinator, areas: ["E05A", area]),
                    by: Partnership.actor
                )
            }
            #expect(try await partnership.tokens.list().isEmpty)
        }
    }

    @Test func `a code that no boundary has is told, until one is imported or nobody is limited to it`() async throws {
        try await Partnership.with { partnership in
            let longest = String(repeating: "a", count: 32)
            try await partnership.add("children")
            let token = try await partnership.tokens.issue(
                NewToken(agency: "children", role: .coordinator, areas: ["E05A", longest]),
                by: Partnership.actor
            )
            #expect(token.unknownAreas == ["E05A", longest])
            let chains = ChainRegistry(partnership.fixture.admin)
            await #expect(throws: DirectoryRefusal.badArea) {
                try await chains.add(.init(area: "E05A,E05B", number: 1, line: "Duty line"), by: "admin:test")
            }
            #expect(try await chains.add(.init(area: "*", number: 1, line: "Duty line"), by: "admin:test") == [])
            #expect(
                try await chains.add(.init(area: "E05B", number: 1, line: "Duty line"), by: "admin:test") == ["E05B"]
            )
            try await partnership.add("licensing", areas: ["E05C"])
            try await partnership.add("lapsed", until: Partnership.past, areas: ["E05D"])
            func stray() async throws -> [String] {
                try await partnership.agencies.strayAreas().map { "\($0.holder): \($0.code)" }
            }
            let of = "token \(token.id): "
            #expect(try await stray() == ["agency licensing: E05C", "chain: E05B", of + "E05A", of + longest])
            try await partnership.fixture.importArea("E05B", west: 0)
            #expect(try await stray() == ["agency licensing: E05C", of + "E05A", of + longest])
            #expect(try await partnership.tokens.revoke(token.id, by: Partnership.actor))
            #expect(try await partnership.agencies.suspend("licensing", by: Partnership.actor))
            #expect(try await stray() == [])
        }
    }
}
