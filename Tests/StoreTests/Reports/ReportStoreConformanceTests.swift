import Safeguarding
import StoreTestSupport
import TestSupport
import Testing

/// What every `ReportStore` promises, run on the real one and on the double that other tests use.
@Suite(.enabled(if: PostgresServer.isAvailable, Comment(rawValue: PostgresServer.absenceMessage)))
struct ReportStoreConformanceTests {
    private func commit(_ world: any ReportStoreWorld, _ reports: ValidatedReport...) async throws -> [CommitOutcome] {
        try await world.store.commit(reports, prompts: SampleReport.noPrompts)
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `the same report again gets the receipt of the first time`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let first = try await commit(world, SampleReport.make("A-1"))[0]
            let again = try await commit(world, SampleReport.make("A-1"))[0]
            #expect(first.isCreated)
            #expect(again.isSame)
            #expect(first.receipt != nil && first.receipt == again.receipt)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `other content under a used reference is refused, another agency's reference is its own`(
        _ kind: ReportStoreKind
    ) async throws {
        try await kind.with { world in
            let outcomes = try await commit(
                world,
                SampleReport.make("A-1"),
                SampleReport.make("A-1", signs: [SampleSigns.other]),
                SampleReport.make("A-1", agency: SamplePartners.cctv, signs: [SampleSigns.other])
            )
            #expect(outcomes[0].isCreated)
            #expect(outcomes[1].reason == .referenceReused)
            #expect(outcomes[2].isCreated)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `within one batch a repeated report is the same and outcomes keep their order`(
        _ kind: ReportStoreKind
    ) async throws {
        try await kind.with { world in
            let outcomes = try await commit(
                world,
                SampleReport.make("Z-9"),
                SampleReport.make("A-1"),
                SampleReport.make("Z-9")
            )
            #expect(outcomes.map(\.isCreated) == [true, true, false])
            #expect(outcomes[2].isSame)
            #expect(outcomes[2].receipt == outcomes[0].receipt)
            #expect(outcomes[0].receipt?.contains("Z-9") == true)
            #expect(outcomes[1].receipt?.contains("A-1") == true)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `an empty batch is answered by nothing`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let outcomes = try await world.store.commit([], prompts: SampleReport.noPrompts)
            #expect(outcomes.isEmpty)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `an agency nobody knows is refused and its neighbours are stored`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let outcomes = try await commit(
                world,
                SampleReport.make("A-1"),
                SampleReport.make("A-2", agency: "nobody"),
                SampleReport.make("A-3")
            )
            #expect(outcomes.map(\.isCreated) == [true, false, true])
            #expect(outcomes[1].reason == .forbidden)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `an observation well in the future or before 1990 is refused`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let now = try await world.now()
            // The exact bounds are in EvidenceRulesTests; here the clock moves while we look.
            let outcomes = try await commit(
                world,
                SampleReport.make("A-1", observedFrom: now + 270),
                SampleReport.make("A-2", observedFrom: now + 400),
                SampleReport.make("A-3", observedFrom: Moment(seconds: 631_152_000)),
                SampleReport.make("A-4", observedFrom: Moment(seconds: 631_151_999))
            )
            #expect(outcomes[0].isCreated)
            #expect(outcomes[1].reason == .observedInFuture)
            #expect(outcomes[2].isCreated)
            #expect(outcomes[3].reason == .observedTooOld)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `prompts are asked with the resolved location and stand in the receipt`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let place = try await world.add(SampleReport.grill)
            let outcomes = try await world.store.commit([
                SampleReport.make("A-1", at: .register(SampleReport.grill.register), attribution: .inside)
            ]) { _, location in
                location?.id == place ? [PromptText(code: .thinkTwice, text: "Think twice.")] : []
            }
            #expect(outcomes[0].receipt?.contains("think-twice") == true)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `id, register, UPRN and name with postcode find the place they name`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let place = try await world.add(SampleReport.grill)
            let outcomes = try await commit(
                world,
                SampleReport.make("A-1", at: .id(place)),
                SampleReport.make("A-2", at: .register("fhrs:1")),
                SampleReport.make("A-3", at: .uprn("100")),
                SampleReport.make("A-4", at: .namedPostcode(name: "marlowick grill", postcode: "ZZ1 1AA"))
            )
            #expect(outcomes.map(\.location) == [place, place, place, place])
            #expect(outcomes.map(\.manner) == ["id", "register", "uprn", "name-and-postcode"])
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `what is not found is unlocated, and nothing is made for it`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let place = try await world.add(SampleReport.grill)
            let unknown = LocationID(UniqueID(high: place.value.high, low: place.value.low ^ 1))
            let outcomes = try await commit(
                world,
                SampleReport.make("A-1", at: .id(unknown)),
                SampleReport.make("A-2", at: .register("fhrs:2")),
                SampleReport.make("A-3", at: .uprn("101")),
                SampleReport.make("A-4", at: .namedPostcode(name: "Marlowick Grill", postcode: "ZZ1 1AB")),
                SampleReport.make("A-5", at: .vehicle(plate: "PL8TE", licensedBy: "marlowick")),
                SampleReport.make("A-6", at: .none)
            )
            #expect(outcomes.allSatisfy { $0.isCreated && $0.location == nil })
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `two places of one name at one postcode are no hit`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            _ = try await world.add(SampleReport.grill)
            var twin = SampleReport.grill
            twin.register = "fhrs:2"
            _ = try await world.add(twin)
            let outcome = try await commit(
                world,
                SampleReport.make("A-1", at: .namedPostcode(name: "Marlowick Grill", postcode: "ZZ1 1AA")),
                SampleReport.make("A-2", at: .uprn("100"))
            )
            #expect(outcome.allSatisfy { $0.isCreated && $0.location == nil })
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `a point never attaches to premises, however near`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let place = try await world.add(SampleReport.grill)
            let outcome = try await commit(
                world,
                SampleReport.make("A-1", at: SampleReport.marketPlace, category: .takeaway)
            )
            #expect(outcome[0].manner == "new-point")
            #expect(outcome[0].location != place)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `points attach within 25 metres and not beyond`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let outcomes = try await commit(
                world,
                SampleReport.make("A-1"),
                SampleReport.make("A-2", at: SampleReport.metresNorth(24)),
                SampleReport.make("A-3", at: SampleReport.metresNorth(-26))
            )
            #expect(outcomes.map(\.manner) == ["new-point", "point", "new-point"])
            #expect(outcomes[0].location == outcomes[1].location)
            #expect(outcomes[0].location != outcomes[2].location)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `accuracy widens the reach of a point, to the nearest`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let made = try await commit(
                world,
                SampleReport.make("A-1"),
                SampleReport.make("A-2", at: SampleReport.metresNorth(300))
            )
            // One batch each: within a batch, places that are stored come before those the batch itself makes.
            let outcomes = [
                try await commit(
                    world,
                    SampleReport.make("A-3", at: SampleReport.metresNorth(200), accuracyMetres: 90)
                ),
                try await commit(
                    world,
                    SampleReport.make("A-4", at: SampleReport.metresNorth(200), accuracyMetres: 110)
                ),
                try await commit(
                    world,
                    SampleReport.make("A-5", at: SampleReport.metresNorth(210), accuracyMetres: 500)
                ),
            ].flatMap { $0 }
            #expect(outcomes[0].manner == "new-point")
            #expect(outcomes[1].location == outcomes[0].location)
            #expect(outcomes[2].location == outcomes[0].location)
            #expect(made[0].location != made[1].location)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `points of another category or another name are other places`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let outcomes = try await commit(
                world,
                SampleReport.make("A-1"),
                SampleReport.make("A-2", category: .park),
                SampleReport.make("A-3", name: "Bandstand"),
                SampleReport.make("A-4", name: "bandstand"),
                SampleReport.make("A-5", name: "Fountain")
            )
            #expect(Set(outcomes.compactMap(\.location)).count == 4)
            #expect(outcomes[2].location == outcomes[3].location)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `a changed row with a higher revision is a correction, and the old rows stay the same`(
        _ kind: ReportStoreKind
    ) async throws {
        try await kind.with { world in
            let first = SampleReport.make("A-1", revision: 1)
            let second = SampleReport.make("A-1", signs: [SampleSigns.other], revision: 2)
            let outcomes = try await commit(world, first, second)
            #expect(outcomes[0].isCreated)
            #expect(outcomes[1].isCorrected)
            let again = try await commit(world, first, second)
            #expect(again.map(\.isSame) == [true, true])
            let lower = try await commit(world, SampleReport.make("A-1", signs: [SampleSigns.grave], revision: 2))
            #expect(lower[0].reason == .revisionNotHigher)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `a correction appends a form and the receipt stays`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let outcome = try await commit(world, SampleReport.make("A-1", narrative: Array("As seen.".utf8)))[0]
            let report = try #require(outcome.report)
            let form = try #require(await world.store.currentForm(of: report, agency: SamplePartners.licensing))
            #expect(form.version == 1)
            #expect(form.narrative == Array("As seen.".utf8))
            let words = Array("As seen.".utf8)
            let corrected = SampleReport.make("A-1", signs: [SampleSigns.other], narrative: words)
            let result = try await world.store.correct(report, basedOn: 1, with: corrected)
            guard case .stored(version: 2, _) = result else {
                Issue.record("unexpected: \(result)")
                return
            }
            let latest = try #require(await world.store.currentForm(of: report, agency: SamplePartners.licensing))
            #expect(latest.canonical == corrected.canonical)
            #expect(latest.narrative == Array("As seen.".utf8))
            let status = try #require(await world.store.status(of: report, agency: SamplePartners.licensing))
            #expect(status.state == .corrected)
            #expect(status.receipt == outcome.receipt)
            #expect(status.corrections.map(\.version) == [2])
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `words that a correction takes back are not in force any more, and may be given again`(
        _ kind: ReportStoreKind
    ) async throws {
        try await kind.with { world in
            let words = Array("As seen.".utf8)
            let report = try #require(try await commit(world, SampleReport.make("A-1", narrative: words))[0].report)
            _ = try await world.store.correct(report, basedOn: 1, with: SampleReport.make("A-1"))
            let without = try #require(await world.store.currentForm(of: report, agency: SamplePartners.licensing))
            #expect(without.narrative == nil)
            _ = try await world.store.correct(report, basedOn: 2, with: SampleReport.make("A-1", narrative: words))
            let again = try #require(await world.store.currentForm(of: report, agency: SamplePartners.licensing))
            #expect(again.narrative == words)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `a row that goes back to what it said before under a higher revision is a correction`(
        _ kind: ReportStoreKind
    ) async throws {
        try await kind.with { world in
            let first = SampleReport.make("A-1", revision: 1)
            let report = try #require(try await commit(world, first)[0].report)
            _ = try await commit(world, SampleReport.make("A-1", signs: [SampleSigns.other], revision: 2))
            #expect(try await commit(world, SampleReport.make("A-1", revision: 3))[0].isCorrected)
            let form = try #require(await world.store.currentForm(of: report, agency: SamplePartners.licensing))
            #expect(form.version == 3)
            #expect(form.canonical == first.canonical)
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `corrections of others' reports, of old forms and of withdrawn ones are refused`(
        _ kind: ReportStoreKind
    ) async throws {
        try await kind.with { world in
            let report = try #require(try await commit(world, SampleReport.make("A-1"))[0].report)
            let foreign = SampleReport.make("A-1", agency: SamplePartners.cctv)
            #expect(try await world.store.correct(report, basedOn: 1, with: foreign).reason == .unknownReport)
            let form = SampleReport.make("A-1", signs: [SampleSigns.other])
            #expect(try await world.store.correct(report, basedOn: 2, with: form).reason == .revisionNotHigher)
            let withdrawn = try await world.store.withdraw(
                report,
                agency: SamplePartners.licensing,
                actor: "agency:marlowick-licensing",
                reason: "wrong place"
            )
            #expect(withdrawn.reason == nil)
            #expect(try await world.store.correct(report, basedOn: 2, with: form).reason == .alreadyWithdrawn)
            let again = try await world.store.withdraw(
                report,
                agency: SamplePartners.licensing,
                actor: "agency:marlowick-licensing",
                reason: "again"
            )
            #expect(again.reason == .alreadyWithdrawn)
            #expect(
                try await world.store.status(of: report, agency: SamplePartners.licensing)?.state == .withdrawn
            )
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `another agency learns nothing of a report`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let report = try #require(try await commit(world, SampleReport.make("A-1"))[0].report)
            #expect(try await world.store.currentForm(of: report, agency: SamplePartners.cctv) == nil)
            #expect(try await world.store.status(of: report, agency: SamplePartners.cctv) == nil)
            #expect(
                try await world.store.withdraw(
                    report,
                    agency: SamplePartners.cctv,
                    actor: "agency:marlowick-cctv",
                    reason: "no"
                ).reason == .unknownReport
            )
        }
    }

    @Test(arguments: ReportStoreKind.allCases)
    func `a report is located or unlocated until it is assessed`(_ kind: ReportStoreKind) async throws {
        try await kind.with { world in
            let outcomes = try await commit(world, SampleReport.make("A-1"), SampleReport.make("A-2", at: .none))
            for (outcome, state) in zip(outcomes, [ReportStatus.State.located, .unlocated]) {
                let report = try #require(outcome.report)
                let status = try await world.store.status(of: report, agency: SamplePartners.licensing)
                #expect(status?.state == state)
            }
        }
    }
}
