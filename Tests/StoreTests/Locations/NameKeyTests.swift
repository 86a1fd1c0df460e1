import Postgres
import Store
import StoreTestSupport
import TestSupport
import Testing

/// How names are compared (`name_key`): what people write differently and mean the same is the same.
@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct NameKeyTests {
    @Test func `spellings of one name have one key, different names have two`() async throws {
        try await StoreFixture.with { fixture in
            let same: [[String]] = [
                ["The Crown & Anchor", "the crown and anchor", "THE  CROWN  &  ANCHOR", "The Crown&Anchor."],
                ["Café Müller", "Cafe Muller", "cafe\u{301} mu\u{308}ller"],
                ["O'Brien’s Bar", "OBriens Bar", "o`briens-bar"],
                ["Bar “42”", "bar 42", " bar\u{00A0}42 "],
                ["ঢাকা গ্রিল", "ঢাকা  গ্রিল"],
            ]
            let keys = try await fixture.owner.withConnection { connection in
                try await connection.query(
                    "SELECT placeguard.name_key(name) FROM unnest($1::text[]) WITH ORDINALITY AS n (name, i) ORDER BY i",
                    [.texts(same.flatMap { $0 })]
                ).map { try $0.optionalText(0) }
            }
            var position = 0
            var groups: Set<String?> = []
            for group in same {
                let found = Set(keys[position..<position + group.count])
                #expect(found.count == 1, "\(group)")
                groups.formUnion(found)
                position += group.count
            }
            #expect(groups.count == same.count)
            #expect(!groups.contains(nil))
        }
    }

    @Test(arguments: ["", "   ", "!!!", "’", "\u{301}"])
    func `a name with nothing in it has no key and so matches nothing`(_ name: String) async throws {
        try await StoreFixture.with { fixture in
            let key = try await fixture.owner.withConnection { connection in
                try await connection.query("SELECT placeguard.name_key($1)", [.text(name)])[0].optionalText(0)
            }
            #expect(key == nil)
        }
    }
}
