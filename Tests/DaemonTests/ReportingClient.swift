import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Safeguarding
import Synchronization

/// Partners who report over HTTP while the daemon is killed under them, and who keep every receipt they were given.
final class ReportingClient: Sendable {
    /// What a partner knows of one report.
    struct Sent: Sendable, Hashable {
        var reference: String
        /// The receipt's report id; nil where no answer came.
        var report: String?
    }

    private struct State {
        var next = 0
        var sent: [String: String?] = [:]
        var refused: [Int] = []
    }

    private let state = Mutex(State())
    private let answered = Doorbell()
    private let token: String
    private let prefix: String
    /// Who signs the daemon's certificate, a PEM file; nil where it speaks no TLS.
    private let authorityFile: String?

    init(token: String, prefix: String, authorityFile: String? = nil) {
        self.token = token
        self.prefix = prefix
        self.authorityFile = authorityFile
    }

    var receipts: [String: String] { state.withLock { $0.sent.compactMapValues { $0 } } }
    var unanswered: [String] { state.withLock { $0.sent.filter { $0.value == nil }.map(\.key) } }
    /// Status codes other than 200, 201, 429 and 503.
    var unexpected: [Int] { state.withLock { $0.refused } }

    /// Sends reports on several connections until one of them fails or `limit` receipts came.
    func send(to address: String, connections: Int, limit: Int) async {
        let client = makeClient(read: .seconds(20))
        let received = Tally()
        await withTaskGroup { group in
            for _ in 0..<connections {
                group.addTask {
                    while received.count < limit {
                        guard await self.sendOne(client, to: address) else { return }
                        received.add()
                    }
                }
            }
        }
        try? await client.shutdown()
    }

    /// Sends reports on several connections through whatever happens, each again until it is answered, until `limit`
    /// receipts came; sending again is safe under the same reference.
    func sendThrough(to address: String, connections: Int, limit: Int) async {
        let client = makeClient(read: .seconds(30))
        await withTaskGroup { group in
            for _ in 0..<connections {
                group.addTask {
                    while self.receipts.count < limit, self.unexpected.isEmpty {
                        let reference = self.newReference()
                        while !(await self.post(reference, with: client, to: address)), self.unexpected.isEmpty {
                            await Task.yield()
                        }
                    }
                }
            }
        }
        try? await client.shutdown()
    }

    /// Sends again everything that got no answer, until all of it has one.
    func resendThrough(to address: String) async {
        while !unanswered.isEmpty, unexpected.isEmpty { await resend(to: address) }
    }

    /// Sends one report of something that happens now; true once it has its receipt.
    func sendUrgent(to address: String) async -> Bool {
        let client = makeClient(read: .seconds(30))
        let isReceived = await post(newReference(), with: client, to: address, happeningNow: true)
        try? await client.shutdown()
        return isReceived
    }

    /// Waits until so many receipts came.
    func reached(_ count: Int) async {
        var heard = answered.count
        while receipts.count < count, unexpected.isEmpty { heard = await answered.wait(after: heard) }
    }

    /// Sends again everything that got no answer: the idempotency key makes that safe.
    func resend(to address: String) async {
        let client = makeClient(read: .seconds(20))
        for reference in unanswered { _ = await post(reference, with: client, to: address) }
        try? await client.shutdown()
    }

    private func makeClient(read: TimeAmount) -> HTTPClient {
        var configuration = HTTPClient.Configuration(timeout: .init(connect: .seconds(5), read: read))
        if let authorityFile {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .file(authorityFile)
            configuration.tlsConfiguration = tls
        }
        return HTTPClient(configuration: configuration)
    }

    private func sendOne(_ client: HTTPClient, to address: String) async -> Bool {
        await post(newReference(), with: client, to: address)
    }

    private func newReference() -> String {
        state.withLock { state in
            state.next += 1
            let reference = "\(prefix)-\(state.next)"
            state.sent[reference] = .some(nil)
            return reference
        }
    }

    private func post(
        _ reference: String,
        with client: HTTPClient,
        to address: String,
        happeningNow: Bool = false
    ) async -> Bool {
        let scheme = authorityFile == nil ? "http" : "https"
        var request = HTTPClientRequest(url: "\(scheme)://\(address)/v1/reports")
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: ReportingClient.body(reference, happeningNow)))
        guard let response = try? await client.execute(request, timeout: .seconds(30)),
            let body = try? await response.body.collect(upTo: 1 << 20)
        else { return false }
        switch response.status.code {
        case 200, 201:
            guard let object = try? JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [String: Any],
                let report = object["report"] as? String
            else { return false }
            state.withLock { $0.sent[reference] = .some(report) }
            answered.ring()
            return true
        case 429, 503: return false
        default:
            state.withLock { $0.refused.append(Int(response.status.code)) }
            answered.ring()
            return false
        }
    }

    /// A report of severity 4 at a point of its own, so that every one of them raises an alert.
    private static func body(_ reference: String, _ happeningNow: Bool) -> String {
        let number = reference.utf8.reduce(UInt64(14_695_981_039_346_656_037)) {
            ($0 ^ UInt64($1)) &* 1_099_511_628_211
        }
        let longitude = 2.0 + Double(number % 4_000) * 0.0005
        let latitude = 54.0 + Double(number / 4_000 % 2_000) * 0.0005
        return JSON.object([
            ("reference", .string(reference)), ("observed", .string("2026-01-05T21:00:00Z")),
            (
                "location",
                .object([
                    (
                        "point",
                        .array([
                            .decimal(String(format: "%.4f", longitude)), .decimal(String(format: "%.4f", latitude)),
                        ])
                    )
                ])
            ), ("signs", .strings(["adult-controls-child"])), ("knowledge", .string("seen")),
            ("narrative", .string("A made-up report.")), ("happeningNow", .bool(happeningNow)),
        ]).text
    }
}

/// A count that several connections share.
private final class Tally: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }

    func add() { value.withLock { $0 += 1 } }
}
