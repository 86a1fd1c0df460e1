import Safeguarding
import Testing

/// What a client's limits are counted by.
struct ClientNetworkTests {
    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:db8::1", "2001:db8:0:0::/64"),
        ("::1", "0:0:0:0::/64"), ("2001:db8:1:2::", "2001:db8:1:2::/64"), ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80:0:0:0::/64"),
    ])
    func `an IPv6 client is told by its network`(address: String, key: String) {
        #expect(ClientNetwork.key(address) == key)
    }

    @Test func `a peer without an address is local`() { #expect(ClientNetwork.key(nil) == "local") }
}
