import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Safeguarding
import Testing

/// Somebody who asks over HTTP with a token.
struct Visitor: Sendable {
    /// What came back.
    struct Answer: Sendable {
        var status: Int
        var body: String
        /// Head and body.
        var surface: Surface
    }

    let role: TokenRole
    let isCleared: Bool
    /// Of the agency whose reports are planted.
    let isOfReporters: Bool
    private let address: String
    private let token: String

    var name: String {
        "\(role.rawValue), \(isCleared ? "full" : "open") view, \(isOfReporters ? "the" : "no") reporting agency"
    }
    var secret: Marker { Marker(String(token.drop { $0 != "." }.dropFirst())) }

    /// One of each role with clearance and without, and of another agency those who may ask after reports.
    static func all(on installation: Installation, _ address: String) async throws -> [Visitor] {
        _ = try await installation.placeguard(
            "agency",
            "add",
            "taxis",
            "--name",
            "Marlowick Taxis",
            "--kind",
            "taxi-operator",
            "--agreement",
            "ISA-2",
            "--agreement-until",
            "2099-12-31",
            "--basis",
            "public-task"
        )
        var visitors: [Visitor] = []
        for role in TokenRole.allCases {
            for isCleared in [true, false] where role != .reporter || !isCleared {
                visitors.append(try await Visitor(role, isCleared, true, installation, address))
            }
        }
        for role in [TokenRole.reporter, .steward] {
            visitors.append(try await Visitor(role, role == .steward, false, installation, address))
        }
        return visitors
    }

    private init(
        _ role: TokenRole,
        _ isCleared: Bool,
        _ isOfReporters: Bool,
        _ installation: Installation,
        _ address: String
    ) async throws {
        self.role = role
        self.isCleared = isCleared
        self.isOfReporters = isOfReporters
        self.address = address
        let agency = isOfReporters ? "licensing" : "taxis"
        let issue = ["token", "issue", "--agency", agency, "--role", role.rawValue, "--json"]
        let output = try await DaemonProcess.run(
            issue + (isCleared ? ["--clearance", "statutory"] : []),
            environment: installation.environment
        )
        token = try #require(try JSONReader.read(bytes: Array(output.utf8))["token"]?.string)
    }

    func get(_ path: String, accept: String? = nil) async throws -> Answer {
        var request = HTTPClientRequest(url: "http://\(address)\(path)")
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        if let accept { request.headers.add(name: "Accept", value: accept) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let body = String(buffer: try await response.body.collect(upTo: 1 << 24))
        return Answer(
            status: Int(response.status.code),
            body: body,
            surface: Surface("GET \(path)", "\(response.status.code) \(response.headers)\n\(body)")
        )
    }
}
