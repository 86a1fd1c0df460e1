import Safeguarding
import StoreTestSupport
import Testing

@testable import Store

struct ItemChangesTests {
    private let rules = EvidenceRules(signs: SampleSigns.weights)
    private let received = Moment(seconds: 1_790_000_000)
    private let corrected = Moment(seconds: 1_790_500_000)
    private let considered = Moment(seconds: 1_790_000_100)

    private func items(_ report: ValidatedReport, at moment: Moment) -> [ItemDraft] {
        ItemDraft.items(of: report, rules: rules, received: moment, isSelfReport: false, originatorUnconfirmed: false)
    }

    private func stored(_ report: ValidatedReport) -> [StoredItem] {
        items(report, at: received).enumerated().map { number, draft in
            StoredItem(
                version: Int64(number + 1),
                draft: draft,
                marks: ItemMarks(
                    consideredOpen: considered,
                    consideredFull: considered,
                    heldOpen: true,
                    heldFull: true
                )
            )
        }
    }

    private func correction(
        _ old: ValidatedReport,
        to new: ValidatedReport,
        isMoved: Bool = false
    ) -> ItemChanges {
        .correction(
            of: stored(old),
            to: items(new, at: corrected),
            observedTo: new.observedTo,
            isMoved: isMoved,
            at: corrected
        )
    }

    @Test func `a form in which no item changed leaves every version in force`() {
        let report = SampleReport.make("A-1", signs: [SampleSigns.common, SampleSigns.other])
        #expect(correction(report, to: report) == ItemChanges())
    }

    @Test func `a changed grade makes a new version, received when it was corrected`() {
        let old = SampleReport.make("A-1")
        let new = SampleReport.make("A-1", grade: Grade(source: .reliable, information: .d))
        let changes = correction(old, to: new)
        #expect(changes.superseded == [1])
        #expect(changes.added.map(\.draft.received) == [corrected])
        #expect(changes.added.map(\.draft.grade.information) == [.d])
        #expect(changes.added.allSatisfy { $0.marks == .new })
    }

    @Test func `a changed attribution keeps receipt and marks: there is nothing new to decide`() {
        let old = SampleReport.make("A-1", attribution: .nearby)
        let changes = correction(old, to: SampleReport.make("A-1", attribution: .inside))
        #expect(changes.superseded == [1])
        #expect(changes.added.map(\.draft.received) == [received])
        #expect(changes.added.map(\.draft.attribution) == [.inside])
        #expect(changes.added.map(\.marks) == stored(old).map(\.marks))
    }

    @Test func `out of the open view an item is new there when it comes back, and in the full one never`() {
        let open = SampleReport.make("A-1")
        let changes = correction(open, to: SampleReport.make("A-1", compartment: .policeIntel))
        #expect(changes.superseded == [1])
        #expect(changes.added.map(\.draft.compartment) == [.policeIntel])
        #expect(changes.added.map(\.marks) == [ItemMarks(consideredFull: considered, heldFull: true)])
    }

    @Test func `only the sign that changed is touched`() {
        let old = SampleReport.make("A-1", signs: [SampleSigns.common, SampleSigns.other])
        let changes = correction(old, to: SampleReport.make("A-1", signs: [SampleSigns.common, SampleSigns.grave]))
        #expect(changes.superseded == [2])
        #expect(changes.added.map(\.draft.sign) == [SampleSigns.grave])
        #expect(changes.added.map(\.draft.received) == [corrected])
    }

    @Test func `a changed time is bounded by the correction's receipt`() {
        let old = SampleReport.make("A-1", observedFrom: received - 7_200, observedTo: received - 3_600)
        let later = SampleReport.make("A-1", observedFrom: received - 7_200, observedTo: corrected + 3_600)
        let changes = correction(old, to: later)
        #expect(changes.added.map(\.draft.observed) == [corrected])
        #expect(changes.added.map(\.draft.received) == [corrected])
    }

    @Test func `an interval still open at receipt does not grow because another field is corrected`() {
        // An hour that had not ended when the report came in was cut off at receipt.
        let old = SampleReport.make("A-1", observedFrom: received - 600, observedTo: received + 3_000)
        var new = old
        new.grade = Grade(source: .reliable, information: .a)
        let changes = correction(old, to: new)
        #expect(changes.added.map(\.draft.observed) == [received])
    }

    @Test func `a move makes every item new where it goes, observed as before`() {
        let old = SampleReport.make("A-1", signs: [SampleSigns.common, SampleSigns.other])
        let changes = correction(old, to: old, isMoved: true)
        #expect(changes.superseded.sorted() == [1, 2])
        #expect(changes.added.map(\.draft.received) == [corrected, corrected])
        #expect(changes.added.map(\.draft.observed) == [old.observedTo, old.observedTo])
        #expect(changes.added.allSatisfy { $0.marks == .new })
    }

    @Test func `that it is happening now is news, that it no longer is is not`() {
        let calm = SampleReport.make("A-1")
        let urgent = SampleReport.make("A-1", happeningNow: true)
        #expect(correction(calm, to: urgent).added.map(\.marks.consideredFull) == [nil])
        #expect(correction(urgent, to: calm).added.map(\.marks.consideredFull) == [considered])
    }

    @Test func `a withdrawal ends every version`() {
        let report = SampleReport.make("A-1", signs: [SampleSigns.common, SampleSigns.other])
        #expect(ItemChanges.withdrawal(of: stored(report)) == ItemChanges(superseded: [1, 2]))
    }

    @Test func `settling begins every item anew with the moment of settling as receipt`() {
        let report = SampleReport.make("A-1", observedTo: received - 60)
        let changes = ItemChanges.settling(stored(report), at: corrected, isSelfReport: true)
        #expect(changes.superseded == [1])
        #expect(changes.added.map(\.draft.received) == [corrected])
        #expect(changes.added.map(\.draft.observed) == [received - 60])
        #expect(changes.added.map(\.draft.selfReport) == [true])
        #expect(changes.added.map(\.marks) == [.new])
    }

    @Test func `whatever is corrected, exactly the new form's signs are in force afterwards`() {
        let seed = UInt64.random(in: .min ... .max)
        var generator = Generator(seed: seed)
        let signs = [SampleSigns.common, SampleSigns.other, SampleSigns.grave, SampleSigns.lado]
        func random() -> ValidatedReport {
            let chosen = signs.filter { _ in Bool.random(using: &generator) }
            return SampleReport.make(
                "A-1",
                attribution: Attribution.allCases.randomElement(using: &generator) ?? .nearby,
                signs: chosen.isEmpty ? [SampleSigns.common] : chosen,
                grade: Grade(
                    source: .reliable,
                    information: InformationGrade.allCases.randomElement(using: &generator) ?? .a
                ),
                happeningNow: Bool.random(using: &generator)
            )
        }
        for _ in 0..<200 {
            let (old, new) = (random(), random())
            let changes = correction(old, to: new, isMoved: Bool.random(using: &generator))
            let kept = stored(old).filter { !changes.superseded.contains($0.version) }.map(\.draft.sign)
            let inForce = kept + changes.added.map(\.draft.sign)
            #expect(inForce.sorted() == new.signs.sorted(), "seed \(seed)")
            #expect(Set(changes.superseded).count == changes.superseded.count, "seed \(seed)")
        }
    }

    /// SplitMix64.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        init(seed: UInt64) { state = seed }

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
