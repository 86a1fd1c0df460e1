import AlertFeed
import Safeguarding
import TestSupport
import Testing

/// Several coordinators on one server: who sees whom, and who gets an alert.
@Suite(.timeLimit(.minutes(10)))
struct CoordinationTests {
    private static func coordinator(_ person: String, areas: [String], isCleared: Bool = true) -> Principal {
        Principal(
            tokenID: "tok-" + person,
            agency: "marlowick-children",
            agencyKind: .childrensServices,
            person: person,
            role: .coordinator,
            clearances: isCleared ? [.statutory] : [],
            areas: areas,
            agreementUntil: .distantFuture
        )
    }

    private func with(
        _ principals: [Principal],
        _ body: @escaping @Sendable ([LineClient], ServerFixture) async throws -> Void
    )
        async throws
    {
        try await withServer { server in
            for principal in principals {
                server.credentials.add(principal, secret: "secret-" + (principal.person ?? ""))
            }
            try await Self.logIn(principals[...], server, []) { try await body($0, server) }
        }
    }

    private static func logIn(
        _ principals: ArraySlice<Principal>,
        _ server: ServerFixture,
        _ clients: [LineClient],
        _ body: ([LineClient]) async throws -> Void
    ) async throws {
        guard let next = principals.first else { return try await body(clients) }
        try await server.loggedIn(as: next) { client in
            try await logIn(principals.dropFirst(), server, clients + [client], body)
        }
    }

    private func who(_ client: LineClient) async throws -> [String] {
        let head = try await client.ask("WHO")
        var people: [String] = []
        for _ in 0..<(ServerReply.field("lines", of: head) ?? 0) { people.append(try await client.line()) }
        return people
    }

    @Test func `WHO tells of the same view and of an area in common, and of nobody else`() async throws {
        let people = [
            Self.coordinator("dora", areas: ["E05A"]), Self.coordinator("emil", areas: ["E05A", "E05B"]),
            Self.coordinator("finn", areas: ["E05B"]), Self.coordinator("gwen", areas: []),
            Self.coordinator("hugo", areas: [], isCleared: false), Self.coordinator("dora", areas: ["E05A"]),
        ]
        try await with(people) { clients, _ in
            _ = try await clients[0].ask("SUB wall")
            _ = try await clients[0].ask("SUB desk")
            func person(_ name: String, _ sessions: Int = 1, _ names: String = "") -> String {
                "PERSON \(name) marlowick-children \(sessions) {\"subscriptions\":[\(names)]}"
            }
            let dora = person("dora", 2, #""desk","wall""#)
            #expect(try await who(clients[0]) == [dora, person("emil"), person("gwen")])
            #expect(try await who(clients[2]) == [person("emil"), person("finn"), person("gwen")])
            #expect(try await who(clients[3]) == [dora, person("emil"), person("finn"), person("gwen")])
            #expect(try await who(clients[4]) == [person("hugo")])
        }
    }

    @Test func `of a person with two tokens WHO tells what they hold under the one that is near`() async throws {
        var other = Self.coordinator("dora", areas: ["E05B"])
        other.tokenID = "tok-dora-east"
        let east = other
        let people = [Self.coordinator("dora", areas: ["E05A"]), Self.coordinator("emil", areas: ["E05A"])]
        try await with(people) { clients, server in
            server.credentials.add(east, secret: "secret-dora")
            try await server.loggedIn(as: east) { client in
                _ = try await client.ask("SUB east")
                _ = try await clients[0].ask("SUB west")
                #expect(
                    try await who(clients[1]).first == #"PERSON dora marlowick-children 1 {"subscriptions":["west"]}"#
                )
            }
        }
    }

    @Test func `one gets the alert, the other is told until when, and every subscriber hears of it`() async throws {
        let people = [Self.coordinator("dora", areas: []), Self.coordinator("emil", areas: [])]
        try await with(people) { clients, server in
            let alert = server.log.publish(in: .full, body: #"{"ask":"act-now"}"#).alert.text
            _ = try await clients[1].ask("SUB desk")
            let claimed = try await clients[0].ask("CLAIM \(alert) d-1 ringing the night desk")
            #expect(claimed.hasPrefix("OK @q CLAIM \(alert) until=") && claimed.hasSuffix(" rev=2"))
            let until = claimed.split(separator: " ")[4]
            try await clients[1].expect("EVT desk 2 1 claim \(alert) 2 high ")
            try await clients[1].expect(
                "ERR @q 409 already-claimed somebody else has claimed it \(until)",
                to: "RESOLVE \(alert) e-1 child safe"
            )
            try await clients[1].expect("OK @q NOTE \(alert) rev=3", to: "NOTE \(alert) e-1 they rang me too")
            let audited = server.log.auditLines.filter { $0.action.hasPrefix("feed.show") }
            #expect(audited.isEmpty)
            try await clients[1].expect("OK @q SHOW lines=6 state=open", to: "SHOW \(alert)")
            #expect(server.log.auditLines.last { $0.action == "feed.show" }?.detail == "alert=" + alert)
        }
    }

    @Test func `without the database an act is refused for now and a claim may be sent again`() async throws {
        try await with([Self.coordinator("dora", areas: [])]) { clients, server in
            let alert = server.log.publish(in: .full).alert.text
            server.log.setAvailable(false)
            let refused = try await clients[0].ask("CLAIM \(alert) d-1")
            #expect(refused.hasPrefix("ERR @q 503 db-unavailable ") && refused.contains(" retry="))
            #expect(try await clients[0].ask("SHOW \(alert)").hasPrefix("ERR @q 503 "))
            server.log.setAvailable(true)
            try await clients[0].expect("OK @q CLAIM \(alert) until=", to: "CLAIM \(alert) d-1")
        }
    }
}
