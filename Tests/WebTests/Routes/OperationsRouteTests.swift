import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Safeguarding
import Testing
import Yams

@testable import Web

/// Health, metrics, and the description of the API.
@Suite struct OperationsRouteTests {
    @Test func `a living process says so to anybody`() async throws {
        try await TestBed.router { bed, client in
            bed.briefings.fail(with: .unavailable)
            let response = try await client.get("/healthz", token: nil)
            #expect(response.status == .ok)
            #expect(response.text == "ok\n")
        }
    }

    @Test func `readiness names the database that does not answer`() async throws {
        try await TestBed.router { bed, client in
            bed.briefings.fail(with: .unavailable)
            let response = try await client.get("/readyz", token: nil)
            #expect(response.status == .serviceUnavailable)
            #expect(try response.json["reasons"]?.array?.compactMap(\.string) == ["database-unavailable"])
            #expect(try response.json["schemaVersion"]?.isNull == true)
        }
    }

    @Test func `a commit that does not wait for the disk is no readiness, a single role is a warning`() async throws {
        try await TestBed.router { bed, client in
            bed.briefings.set {
                $0.synchronousCommit = false
                $0.singleRole = true
                $0.oldestDueSeconds = 61
                $0.unsealedAudit = 10_001
                $0.oldestTransactionSeconds = 601
                $0.hasAsynchronousStandby = true
                $0.notificationQueueUse = 0.51
                $0.deadRows = 1_000_001
            }
            let response = try await client.get("/readyz", token: nil)
            #expect(response.status == .serviceUnavailable)
            #expect(try response.json["reasons"]?.array?.compactMap(\.string) == ["asynchronous-commit"])
            #expect(
                try response.json["warnings"]?.array?.compactMap(\.string)
                    == [
                        "assessments-behind", "audit-unsealed", "single-database-role", "long-transaction",
                        "asynchronous-standby", "notification-queue", "dead-rows",
                    ]
            )
            #expect(try response.json["singleRole"]?.bool == true)
        }
    }

    @Test func `other parts of the daemon have their say in readiness`() async throws {
        let check = ReadinessCheck(name: "assessor-stopped") { false }
        try await TestBed.router(readiness: [check]) { _, client in
            let response = try await client.get("/readyz", token: nil)
            #expect(try response.json["reasons"]?.array?.compactMap(\.string) == ["assessor-stopped"])
        }
    }

    @Test func `a ready daemon is 200 without reasons`() async throws {
        try await TestBed.router { _, client in
            let response = try await client.get("/readyz", token: nil)
            #expect(response.status == .ok)
            #expect(try response.json["ready"]?.bool == true)
        }
    }

    @Test func `metrics count requests by route and refusals by name, and name no agency or place`() async throws {
        try await TestBed.router { _, client in
            _ = try await client.get("/v1/locations/\(MemoryBriefings.place.text)")
            _ = try await client.get("/v1/hotspots?band=x")
            let response = try await client.get("/metrics", token: nil)
            #expect(response.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            let text = response.text
            #expect(
                text.contains(
                    "placeguard_http_requests_total{method=\"GET\",route=\"/v1/locations/{location}\",status=\"200\"}"
                )
            )
            #expect(text.contains("placeguard_refusals_total{reason=\"bad-query\"}"))
            #expect(text.contains("# TYPE placeguard_http_request_seconds histogram"))
            for forbidden in ["marlowick", MemoryBriefings.place.text, "E05-1", "agency=", "area=", "compartment="] {
                #expect(!text.contains(forbidden), "\(forbidden)")
            }
        }
    }

    @Test func `every refusal of the closed list has a status`() {
        for reason in RefusalReason.allCases {
            let problem = Problem(reason, message: "x")
            #expect((400..<600).contains(problem.status.code), "\(reason)")
            #expect(problem.code == reason.rawValue)
        }
        #expect(RefusalReason.tooLarge.status == .contentTooLarge)
        #expect(RefusalReason.badJSON.status == .unprocessableContent)
    }

    // MARK: The description

    private static func document() throws -> [String: Any] {
        let text = String(decoding: PackageResources.openapi_yaml, as: UTF8.self)
        return try #require(try Yams.load(yaml: text) as? [String: Any])
    }

    @Test func `the description names exactly the routes there are`() throws {
        let bed = try TestBed()
        let endpoints = try WebServer.endpoints(services: bed.services, gate: DrainGate(), metrics: TestBed.metrics)
        let there = Set(endpoints.map { "\($0.method.rawValue) \($0.path)" })
        #expect(there.count == endpoints.count, "a route is listed twice")
        let paths = try #require(try OperationsRouteTests.document()["paths"] as? [String: [String: Any]])
        let described = Set(
            paths.flatMap { path, item in
                item.keys.filter { $0 != "parameters" }.map { "\($0.uppercased()) \(path)" }
            }
        )
        #expect(there.subtracting(described) == [], "not described")
        #expect(described.subtracting(there) == [], "described and not there")
    }

    @Test func `operations without security are those that need no token`() throws {
        let bed = try TestBed()
        let endpoints = try WebServer.endpoints(services: bed.services, gate: DrainGate(), metrics: TestBed.metrics)
        let paths = try #require(try OperationsRouteTests.document()["paths"] as? [String: [String: Any]])
        for endpoint in endpoints {
            let operation = try #require(paths[endpoint.path]?[endpoint.method.rawValue.lowercased()] as? [String: Any])
            let isOpen = if case .open = endpoint.access { true } else { false }
            #expect((operation["security"] != nil) == isOpen, "\(endpoint.path)")
            if case .roles(let roles) = endpoint.access {
                let text = operation["description"] as? String ?? ""
                for role in roles { #expect(text.contains(role.rawValue), "\(endpoint.path) does not name \(role)") }
            }
        }
    }

    @Test func `every reference of the description leads to something`() throws {
        let document = try OperationsRouteTests.document()
        var references: Set<String> = []
        func collect(_ value: Any) {
            if let object = value as? [String: Any] {
                if let reference = object["$ref"] as? String { references.insert(reference) }
                for inner in object.values { collect(inner) }
            } else if let list = value as? [Any] {
                for inner in list { collect(inner) }
            }
        }
        collect(document)
        #expect(references.count > 20)
        for reference in references {
            var value: Any? = document
            for part in reference.dropFirst(2).split(separator: "/") {
                value = (value as? [String: Any])?[String(part)]
            }
            #expect(value != nil, "\(reference)")
        }
    }

    @Test func `closed lists of the description are those of the vocabulary`() throws {
        let components = try #require(try OperationsRouteTests.document()["components"] as? [String: Any])
        let schemas = try #require(components["schemas"] as? [String: [String: Any]])
        #expect(schemas["Category"]?["enum"] as? [String] == LocationCategory.allCases.map(\.rawValue))
        #expect(schemas["Band"]?["enum"] as? [String] == Band.allCases.map(\.rawValue))
        let fields = try #require(schemas["Changes"]?["properties"] as? [String: [String: Any]])
        #expect(fields["role"]?["enum"] as? [String] == LocationRole.allCases.map(\.rawValue))
        #expect(fields["attribution"]?["enum"] as? [String] == Attribution.allCases.map(\.rawValue))
        #expect(fields["lawfulBasis"]?["enum"] as? [String] == LawfulBasis.allCases.map(\.rawValue))
    }

    @Test func `answers have the keys that the description gives them`() async throws {
        try await TestBed.router { _, client in
            let components = try #require(try OperationsRouteTests.document()["components"] as? [String: Any])
            let schemas = try #require(components["schemas"] as? [String: [String: Any]])
            let known = Set(try #require(schemas["Place"]?["properties"] as? [String: Any]).keys)
            let place = try #require(
                try await client.get("/v1/locations/\(MemoryBriefings.place.text)").json["place"]?.members
            )
            #expect(Set(place.map(\.key)) == known)
            let score = try await client.get("/v1/locations/\(MemoryBriefings.place.text)/assessment", token: "cleared")
                .json
            let described = Set(try #require(schemas["Assessment"]?["properties"] as? [String: Any]).keys)
            #expect(Set(score["assessment"]?.members?.map(\.key) ?? []) == described)
        }
    }

    @Test func `the description is served`() async throws {
        try await TestBed.router { _, client in
            let response = try await client.get("/openapi.yaml", token: nil)
            #expect(response.headers[.contentType] == "application/yaml")
            #expect(response.text.hasPrefix("openapi: 3.1.0"))
        }
    }
}
