import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Safeguarding

/// What a partner's program sends over HTTP, and what anybody may ask there.
struct Partner: Sendable {
    /// Another answer than was wanted.
    struct Unexpected: Error {
        var status: UInt
        var body: String
    }

    let address: String
    let token: String

    /// Posts what must be created; answers the receipt.
    func create(_ path: String, _ body: JSON) async throws -> JSONValue {
        var request = HTTPClientRequest(url: "http://\(address)\(path)")
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(string: body.text))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let answer = String(buffer: try await response.body.collect(upTo: 1 << 20))
        guard response.status == .created else { throw Unexpected(status: response.status.code, body: answer) }
        return try JSONReader.read(bytes: Array(answer.utf8))
    }

    /// What everybody on the machine may read: head and body.
    func read(_ path: String) async throws -> Surface {
        let request = HTTPClientRequest(url: "http://\(address)\(path)")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let body = String(buffer: try await response.body.collect(upTo: 1 << 24))
        return Surface("GET \(path)", "\(response.status.code) \(response.headers)\n\(body)")
    }
}
