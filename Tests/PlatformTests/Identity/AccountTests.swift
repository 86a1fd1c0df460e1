import Glibc
import Platform
import Testing

@Suite struct AccountTests {
    @Test func `finds root by name and by number`() throws {
        let root = try #require(try Account.named("root"))
        #expect(root.user == 0)
        #expect(root.isRoot)
        #expect(root.groups.contains(root.group))
        #expect(try Account.numbered(0) == root)
    }

    @Test func `says nil for nobody`() throws {
        #expect(try Account.named("no-such-account-here") == nil)
        #expect(try Account.numbered(4_000_000_000) == nil)
    }

    @Test func `the current account is the effective user`() throws {
        #expect(try Account.current().user == geteuid())
    }

    @Test func `names the person behind sudo only for root`() throws {
        let current = try Account.current()
        let name = try Account.invokingName(environment: ["SUDO_USER": "pat"])
        #expect(name == (current.isRoot ? "pat" : current.name))
        #expect(try Account.invokingName(environment: ["SUDO_USER": ""]) == current.name)
        #expect(try Account.invokingName(environment: [:]) == current.name)
    }
}
