import AlertFeed
import AsyncHTTPClient
import Crypto
import NIOCore
import NIOHTTP1
import Safeguarding

/// A web address that takes events as signed JSON.
///
/// Each request carries `Placeguard-Signature: t=SECONDS,v1=HEX`, the HMAC-SHA-256 of `SECONDS.BODY` under the shared secret, and
/// `Placeguard-Delivery: EPOCH.SEQ`, by which a target drops what it has. Anything but 2xx is tried again, 410 ends the relay.
/// Redirects are not followed: events go where the administrator said.
struct WebhookTarget: RelayTarget {
    private static let answerBytes = 4_096

    private let client: HTTPClient
    private let url: String
    private let secret: SymmetricKey
    private let sender: String
    private let now: @Sendable () -> Int64
    private let challenge: String

    /// - Parameters:
    ///   - secret: Shared with the target, at least 32 bytes.
    ///   - challenge: What the target has to repeat to be sent anything.
    ///   - now: Seconds since 1970.
    init(
        client: HTTPClient,
        url: String,
        secret: [UInt8],
        sender: String,
        challenge: String,
        now: @escaping @Sendable () -> Int64
    ) {
        self.client = client
        self.url = url
        self.secret = SymmetricKey(data: secret)
        self.sender = sender
        self.challenge = challenge
        self.now = now
    }

    /// The target repeats a challenge: whoever mistypes an address sends nothing to a stranger.
    func confirm() async throws {
        let question = JSON.object([("type", .string("confirm")), ("challenge", .string(challenge))])
        let (status, answer) = try await post(question, delivery: "confirm")
        guard (200...299).contains(status) else { throw RelayFailure("status \(status)") }
        let repeated = (try? JSONReader.read(bytes: answer))?["challenge"]?.string
        guard repeated == challenge else {
            throw CommandFailure(
                "The target did not confirm: it must answer {\"challenge\":\"...\"} with what it was sent."
            )
        }
    }

    func pass(_ event: FeedEvent, epoch: String) async throws {
        let body = CommonAlert.json(event, sender: sender)
        let (status, _) = try await post(body, delivery: "\(epoch).\(event.seq)")
        if status == 410 { throw RelayEnded() }
        guard (200...299).contains(status) else { throw RelayFailure("status \(status)") }
    }

    private func post(_ body: JSON, delivery: String) async throws -> (status: UInt, answer: [UInt8]) {
        let text = body.text
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = [
            "Content-Type": "application/json", "User-Agent": "placeguard/" + Version.current,
            "Placeguard-Delivery": delivery, "Placeguard-Signature": signature(of: text, at: now()),
        ]
        request.body = .bytes(ByteBuffer(string: text))
        let response = try await client.execute(request, timeout: .seconds(30))
        // What a target answers to an event does not matter, and a long answer is not read.
        let answer = try? await response.body.collect(upTo: Self.answerBytes)
        return (response.status.code, answer.map { Array($0.readableBytesView) } ?? [])
    }

    func signature(of body: String, at seconds: Int64) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Array("\(seconds).\(body)".utf8), using: secret)
        let digits = Array("0123456789abcdef".utf8)
        let hexadecimal = code.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return "t=\(seconds),v1=" + String(decoding: hexadecimal, as: UTF8.self)
    }
}
