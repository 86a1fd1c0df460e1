import Platform
import Testing

@testable import placeguard

@Suite struct ServiceAccountTests {
    @Test func `is never root`() throws {
        let account = try ServiceAccount.choose(configured: nil)
        #expect(!account.isRoot)
        #expect(throws: ServiceAccount.Refusal.isRoot) { try ServiceAccount.choose(configured: "root") }
    }

    @Test func `an account that does not exist is named`() {
        #expect(throws: ServiceAccount.Refusal.noSuchAccount(["no-such-account"])) {
            try ServiceAccount.choose(configured: "no-such-account")
        }
    }

    @Test func `only root becomes another account`() throws {
        let current = try Account.current()
        let nobody = try #require(try Account.named("nobody"))
        if current.isRoot {
            #expect(try ServiceAccount.choose(configured: "nobody") == nobody)
        } else {
            #expect(try ServiceAccount.choose(configured: current.name) == current)
            #expect(throws: ServiceAccount.Refusal.notRoot(wanted: "nobody")) {
                try ServiceAccount.choose(configured: "nobody")
            }
        }
    }
}
