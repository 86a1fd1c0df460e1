import Safeguarding
import TestSupport
import Testing

/// What a proposal tells its author, and which place it may be about, on the real desk and on the double.
@Suite(needsServer)
struct MuteProposalConformanceTests {
    private func coordinator(_ person: String, agency: String = "licensing", areas: [String] = []) -> Principal {
        .coordinator(person, agency: agency, areas: areas, clearances: [.statutory])
    }

    private func steward(_ person: String, agency: String = "licensing", areas: [String] = []) -> Principal {
        .steward(person, agency: agency, areas: areas, clearances: [.statutory])
    }

    private func request(_ term: FeedTerm, forAll: Bool = false) -> MuteRequest {
        MuteRequest(
            terms: FeedFilter(inclusions: [term], text: "term"),
            seconds: 3_600,
            reason: "works all week",
            isForAll: forAll
        )
    }

    /// A place of area E05-1 with an open alert; the agency `cctv` and the person `una` are linked to it.
    private func alerted(_ subject: any LogUnderTest) async throws -> LocationID {
        let place = try await subject.place(category: .takeaway)
        try await subject.publish(in: .full, FeedFacts(location: place, areas: ["E05-1"]))
        try await subject.link(agency: "cctv", to: place)
        try await subject.link(person: "una", to: place)
        return place
    }

    @Test(arguments: Implementation.allCases)
    func `a proposal counts for its author nothing of another area, and nothing of a place they are linked to`(
        on implementation: Implementation
    ) async throws {
        try await implementation.with { subject in
            let place = try await alerted(subject)
            for term in [FeedTerm.area("E05-1"), .location(place)] {
                for (author, count) in [
                    (coordinator("ana"), 1), (coordinator("ben", areas: ["E05-1"]), 1),
                    (coordinator("cleo", areas: ["E05-2"]), 0), (coordinator("dan", agency: "cctv"), 0),
                    (coordinator("una"), 0),
                ] {
                    let proposal = try await subject.mutes.propose(request(term), by: author)
                    #expect(proposal.openAlerts == count, "\(author.subject)")
                    #expect(proposal.recentEvents == count, "\(author.subject)")
                }
            }
        }
    }

    @Test(arguments: Implementation.allCases)
    func `a mute for everybody is about a place that there is and that its steward may see`(
        on implementation: Implementation
    ) async throws {
        try await implementation.with { subject in
            let place = try await alerted(subject)
            let nowhere = LocationID(UniqueID(high: 1, low: 1))
            for (author, asked) in [
                (steward("sue"), nowhere), (steward("tom", areas: ["E05-2"]), place),
                (steward("dan", agency: "cctv"), place), (steward("una"), place),
            ] {
                await #expect(throws: MuteRefusal.notOnePlace, "\(author.subject)") {
                    try await subject.mutes.propose(request(.location(asked), forAll: true), by: author)
                }
            }
            for author in [steward("sue"), steward("tom", areas: ["E05-1"])] {
                let proposal = try await subject.mutes.propose(request(.location(place), forAll: true), by: author)
                #expect(proposal.openAlerts == 1, "\(author.areas)")
            }
        }
    }
}
