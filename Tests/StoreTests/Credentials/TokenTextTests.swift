import TestSupport
import Testing

@testable import Store

struct TokenTextTests {
    @Test func `an id is no option on a command line, and has every other beginning`() {
        var generator = SeededGenerator(seed: 7)
        let ids = (0..<2_000).map { _ in TokenText.id(9, using: &generator) }
        #expect(Set(ids.compactMap(\.first)).count == 63)
        #expect(ids.allSatisfy { $0.count == 12 && !$0.hasPrefix("-") })
        #expect(ids.contains { $0.contains("-") })
    }
}
