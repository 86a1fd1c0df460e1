import Briefings
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Intake
import Logging
import Metrics
import NIOCore
import Safeguarding
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Web

/// The web server over doubles, with intake running beside it.
final class TestBed: Sendable {
    let reports = MemoryReports()
    let runs = MemoryRuns()
    let briefings = MemoryBriefings()
    let stewards = MemoryStewards()
    let audit = MemoryAudit()
    let credentials = MemoryCredentials()
    let log = LogCapture()
    let intake: IntakeService
    let services: WebServices

    /// Shared: swift-metrics takes one factory a process.
    static let metrics: PrometheusMetrics = {
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        return metrics
    }()

    static let rules = IntakeRules(
        template: "safeguarding",
        version: 1,
        signs: [
            "room-paid-cash": IntakeRules.Sign(severity: 4), "shop-tick-debt": IntakeRules.Sign(severity: 4),
            "child-in-danger-now": IntakeRules.Sign(severity: 5),
        ],
        grades: [:],
        otherGrades: IntakeRules.DefaultGrades(
            seen: Grade(source: .untested, information: .a),
            told: Grade(source: .untested, information: .c),
            heard: Grade(source: .untested, information: .d)
        ),
        prompts: [IntakeRules.PromptRule(code: .call999, text: "Call 999 now.", happeningNow: true)]
    )

    static let wording = TemplateWording(
        templateID: "safeguarding",
        templateVersion: 1,
        marking: "OFFICIAL-SENSITIVE",
        notice: nil,
        signLabels: ["room-paid-cash": "Room paid in cash"],
        categoryLabels: [:]
    )

    static let mapping = """
        mapping: marlowick-shops
        template: safeguarding
        reference: {column: Number}
        fields:
          observed: {column: When}
          location.longitude: {column: Lon}
          location.latitude: {column: Lat}
          location.category: {constant: off-licence-shop}
          signs: {constant: shop-tick-debt}
          knowledge: {constant: seen}
        """

    init(readiness: [ReadinessCheck] = []) throws {
        _ = TestBed.metrics
        let key = try #require(OriginatorKey(bytes: Array(repeating: 7, count: OriginatorKey.byteCount)))
        let validator = ReportValidator(rules: TestBed.rules, key: key)
        intake = IntakeService(store: reports, prompts: { PromptRules(rules: TestBed.rules) }, logger: log.logger)
        let template = ActiveTemplate(validator: validator, wording: TestBed.wording)
        services = WebServices(
            credentials: credentials,
            intake: intake,
            reports: reports,
            imports: runs,
            briefings: briefings,
            explainer: briefings,
            stewards: stewards,
            audit: audit,
            template: { template },
            mapping: { name, _ in name == "marlowick-shops" ? try MappingReader.read(yaml: TestBed.mapping) : nil },
            readiness: readiness,
            now: { Moment(seconds: 1_795_000_000) }
        )
        for role in TokenRole.allCases { add(role.rawValue, role) }
        add("cleared", .meeting, clearances: [.statutory])
        add("lapsed", .reporter, until: Moment(seconds: 1_794_999_999))
    }

    func add(
        _ id: String,
        _ role: TokenRole,
        clearances: Set<Clearance> = [],
        until: Moment = Moment(seconds: 1_900_000_000)
    ) {
        credentials.add(
            Principal(
                tokenID: id,
                agency: "marlowick-licensing",
                agencyKind: .licensing,
                person: id == "reporter" ? nil : id,
                role: role,
                clearances: clearances,
                agreementUntil: until
            )
        )
    }

    func server(
        limits: WebLimits = WebLimits(),
        onListening: @escaping @Sendable (SocketAddress?) async -> Void = { _ in }
    ) throws -> WebServer {
        try WebServer(
            configuration: WebConfiguration(host: "127.0.0.1", port: 0, limits: limits),
            services: services,
            metrics: TestBed.metrics,
            logger: log.logger,
            onListening: onListening
        )
    }

    /// Runs a test against the router, without a socket.
    static func router(
        limits: WebLimits = WebLimits(),
        readiness: [ReadinessCheck] = [],
        _ test: @Sendable (TestBed, any TestClientProtocol) async throws -> Void
    ) async throws {
        let bed = try TestBed(readiness: readiness)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bed.intake.run() }
            try await bed.server(limits: limits).application.test(.router) { client in try await test(bed, client) }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    static func headers(_ token: String?, _ contentType: String? = "application/json") -> HTTPFields {
        var headers = HTTPFields()
        if let token { headers[.authorization] = "Bearer \(token).secret-of-\(token)" }
        if let contentType { headers[.contentType] = contentType }
        return headers
    }

    /// A sound report; `extra` is more JSON members.
    static func report(_ reference: String, extra: String = "") -> String {
        """
        {"reference":"\(reference)","observed":"2026-11-01T20:00:00Z",\
        "location":{"point":[-0.41,51.88],"category":"hotel"},\
        "signs":["room-paid-cash"],"knowledge":"seen"\(extra.isEmpty ? "" : "," + extra)}
        """
    }
}

extension TestClientProtocol {
    /// A POST of JSON with a token.
    func post(
        _ uri: String,
        _ body: String,
        token: String? = "reporter",
        type: String? = "application/json",
        adding more: HTTPFields = [:]
    ) async throws -> TestResponse {
        var headers = TestBed.headers(token, type)
        for field in more { headers.append(field) }
        return try await executeRequest(uri: uri, method: .post, headers: headers, body: ByteBuffer(string: body))
    }

    func get(
        _ uri: String,
        token: String? = "meeting",
        accept: String? = nil,
        headers more: [String: String] = [:]
    ) async throws -> TestResponse {
        var headers = TestBed.headers(token, nil)
        for (name, value) in more { if let name = HTTPField.Name(name) { headers[name] = value } }
        headers[.accept] = accept
        return try await executeRequest(uri: uri, method: .get, headers: headers, body: nil)
    }
}

extension TestResponse {
    var text: String { String(buffer: body) }

    /// The body as JSON.
    var json: JSONValue {
        get throws { try JSONReader.read(bytes: Array(buffer: body)) }
    }

    /// The stable name of a refusal.
    var reason: String? { (try? json)?["reason"]?.string }

    /// Field and reason of every fault.
    var faults: [String] {
        ((try? json)?["faults"]?.array ?? []).map { "\($0["field"]?.string ?? "?") \($0["reason"]?.string ?? "?")" }
    }
}
