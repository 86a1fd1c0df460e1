import AlertFeed
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Safeguarding

/// A web address that takes events as signed JSON.
///
/// Each request carries `Placeguard-Delivery: EPOCH.SEQ`, by which a target drops what it has, and a ``WebhookSignature`` over time,
/// delivery and body. Anything but 2xx is tried again, 410 ends the relay. Redirects are not followed: events go where the
/// administrator said.
struct WebhookTarget: RelayTarget {
    private static let answerBytes = 4_096

    private let client: HTTPClient
    private let url: String
    private let signature: WebhookSignature
    private let sender: String
    private let now: @Sendable () -> Int64
    private let challenge: String
    private let answerPatience: Duration

    /// - Parameters:
    ///   - secret: Shared with the target, at least 32 bytes.
    ///   - challenge: What the target has to answer the code of to be sent anything.
    ///   - answerPatience: How long an answer may take behind its status.
    ///   - now: Seconds since 1970.
    init(
        client: HTTPClient,
        url: String,
        secret: [UInt8],
        sender: String,
        challenge: String,
        answerPatience: Duration = .seconds(30),
        now: @escaping @Sendable () -> Int64
    ) {
        self.client = client
        self.url = url
        signature = WebhookSignature(secret: secret)
        self.sender = sender
        self.challenge = challenge
        self.answerPatience = answerPatience
        self.now = now
    }

    /// The target shows that it has the secret and is meant: a stranger at a mistyped address, who may repeat what it is sent, or
    /// have the right target answer it, is sent nothing.
    func confirm() async throws {
        let question = JSON.object([("type", .string("confirm")), ("challenge", .string(challenge))])
        guard let answer = try await post(question, delivery: "confirm") else {
            throw RelayFailure("the answer could not be read")
        }
        let confirmed = (try? JSONReader.read(bytes: answer))?["confirmed"]?.string
        guard let confirmed, signature.confirms(confirmed, challenge, from: url) else {
            throw CommandFailure(
                """
                The target did not confirm: it must answer {"confirmed":"HEX"}, the HMAC-SHA-256 of the challenge, a full stop and \
                its own address as --url has it.
                """
            )
        }
    }

    /// Before each exercise the target confirms anew: a page that says 200 to whatever comes, where the target was, is found out
    /// within a quarter of an hour.
    func pass(_ event: FeedEvent, epoch: String) async throws {
        if event.type == EventType.exercise.rawValue { try await confirm() }
        _ = try await post(CommonAlert.json(event, sender: sender), delivery: "\(epoch).\(event.seq)")
    }

    /// What was answered; nil where that could not be read to its end, which matters to whoever wants to know what it says.
    ///
    /// Throws `RelayEnded` for 410, `RelayFailure` for what is not 2xx.
    private func post(_ body: JSON, delivery: String) async throws -> [UInt8]? {
        let text = body.text
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = [
            "Content-Type": "application/json", "User-Agent": "placeguard/" + Version.current,
            "Placeguard-Delivery": delivery,
            "Placeguard-Signature": signature.header(of: text, delivery: delivery, at: now()),
        ]
        request.body = .bytes(ByteBuffer(string: text))
        let response = try await client.execute(request, timeout: .seconds(30))
        // What a target answers to an event does not matter, and a long answer is not read, nor waited for.
        let answer = try? await SystemFeedClock().within(answerPatience) {
            try await response.body.collect(upTo: Self.answerBytes)
        }
        if response.status == .gone { throw RelayEnded() }
        guard (200...299).contains(response.status.code) else { throw RelayFailure("status \(response.status.code)") }
        return answer.map { Array($0.readableBytesView) }
    }
}
