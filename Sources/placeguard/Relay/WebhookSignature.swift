import Crypto
import Safeguarding

/// What relay and target prove to each other with the secret they share: HMAC-SHA-256, in hexadecimal.
struct WebhookSignature: Sendable {
    private let secret: SymmetricKey

    init(secret: [UInt8]) { self.secret = SymmetricKey(data: secret) }

    /// `t=SECONDS,v1=HEX` over `SECONDS.DELIVERY.BODY`.
    ///
    /// The delivery's name is signed too: under another name, what was captured would have the target drop the event of that name.
    func header(of body: String, delivery: String, at seconds: Int64) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(seconds).\(delivery).\(body)".utf8), using: secret)
        return "t=\(seconds),v1=" + Hexadecimal.text(code)
    }

    /// Whether this is the code of `CHALLENGE.URL`, which only who has the secret can say.
    ///
    /// The address is in it: what another target says of its own, for whoever passes the question on to it, is not the answer.
    func confirms(_ answer: String, _ challenge: String, from url: String) -> Bool {
        guard let code = Hexadecimal.bytes(answer) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            code,
            authenticating: Array("\(challenge).\(url)".utf8),
            using: secret
        )
    }
}
