import Postgres
import RiskAssessment
import Safeguarding
import Store
import StoreTestSupport
import TestSupport
import Testing

/// A claim and its claimant's permission (V0017).
@Suite(needsServer)
struct ClaimPermissionTests {
    private let ana = Principal.coordinator("ana", clearances: [.statutory])

    private func claim(_ alert: AlertID, by person: Principal, _ scene: Scene) async throws {
        let template = try ShippedRules.template()
        let desk = scene.desk { try template.care(of: $0, after: $1, by: $2, in: $3) }
        _ = try await desk.act(AlertAct(.claim, alert, actionID: "claim"), by: person)
    }

    /// An immediate alert, claimed by Ana.
    private func claimed(_ scene: Scene) async throws -> AlertID {
        let place = try await scene.place("Marlowick Grill")
        try await scene.report(["adult-controls-child"], at: place, happeningNow: true, priority: .now)
        try await scene.drainUnderShippedRules()
        let alert = try await scene.rows("SELECT id FROM placeguard.alert WHERE view = 'full'")[0].id(0) as AlertID
        try await claim(alert, by: ana, scene)
        return alert
    }

    @Test(arguments: ["revoke", "suspend", "agreement"])
    func `a claim ends with the claimant's last token, and somebody else can claim at once`(_ way: String) async throws
    {
        try await Scene.with { scene in
            let alert = try await claimed(scene)
            for person in ["ana", "ben"] { try await scene.person(person) }
            for token in ["tok-ana1", "tok-ana2"] { try await scene.coordinatorToken(token, of: "ana") }
            let ben = Principal.coordinator("ben", clearances: [.statutory])
            let tokens = TokenRegistry(source: scene.fixture.admin)
            let agency = try await scene.rows("SELECT agency FROM placeguard.person WHERE code = 'ana'")[0].text(0)
            if way == "revoke" {
                #expect(try await tokens.revoke("tok-ana1", by: "admin:test"))
                try await scene.drainUnderShippedRules()
                await #expect(throws: AlertActRefusal.self, "the claimant has another token") {
                    try await claim(alert, by: ben, scene)
                }
                #expect(try await tokens.revoke("tok-ana2", by: "admin:test"))
            } else {
                let change: StaticString =
                    way == "suspend"
                    ? "UPDATE placeguard.agency SET suspended_at = clock_timestamp() WHERE code = $1"
                    : "UPDATE placeguard.agency SET agreement_until = clock_timestamp() - interval '1 second' WHERE code = $1"
                _ = try await scene.rows(change, [.text(agency)])
            }
            try await scene.drainUnderShippedRules()
            let event = try await scene.lastEvent(.full)
            #expect(event.type == "claim-expired" && event.body.contains(#""why":["claim-lapsed"]"#))
            #expect((880...900).contains(try await scene.secondsToTimer()), "with a new time to claim")
            try await claim(alert, by: ben, scene)
        }
    }

    @Test func `a claim of whoever may still claim is not touched by another's revocation`() async throws {
        try await Scene.with { scene in
            _ = try await claimed(scene)
            for person in ["ana", "ben"] {
                try await scene.person(person)
                try await scene.coordinatorToken("tok-" + person, of: person)
            }
            let told = try await scene.log(.full).count
            #expect(try await TokenRegistry(source: scene.fixture.admin).revoke("tok-ben", by: "admin:test"))
            try await scene.drainUnderShippedRules()
            #expect(try await scene.log(.full).count == told)
        }
    }
}
