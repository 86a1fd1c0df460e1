import Safeguarding
import StoreTestSupport
import Testing

@testable import Store

struct EvidenceRulesTests {
    private let rules = EvidenceRules(signs: SampleSigns.weights)
    private let received = Moment(seconds: 1_790_000_000)

    @Test(arguments: [(299, nil), (300, nil), (301, RefusalReason.observedInFuture)] as [(Int64, RefusalReason?)])
    func `a start is allowed up to five minutes after receipt`(_ ahead: Int64, _ reason: RefusalReason?) {
        let report = SampleReport.make("A-1", observedFrom: received + ahead)
        #expect(EvidenceRules.clockFault(of: report, received: received)?.reason == reason)
    }

    @Test(
        arguments: [(631_151_999, RefusalReason.observedTooOld), (631_152_000, nil), (631_152_001, nil)]
            as [(Int64, RefusalReason?)]
    )
    func `a start is allowed from the first second of 1990`(_ seconds: Int64, _ reason: RefusalReason?) {
        let report = SampleReport.make("A-1", observedFrom: Moment(seconds: seconds))
        #expect(EvidenceRules.clockFault(of: report, received: received)?.reason == reason)
    }

    @Test func `an end in the future is no fault, it is bounded by receipt`() {
        let report = SampleReport.make("A-1", observedFrom: received - 60, observedTo: received + 86_400)
        #expect(EvidenceRules.clockFault(of: report, received: received) == nil)
        let items = ItemDraft.items(
            of: report,
            rules: rules,
            received: received,
            isSelfReport: false,
            originatorUnconfirmed: false
        )
        #expect(items.map(\.observed) == [received])
    }

    @Test func `a staff sign is lado by itself, and takes narrative and originator along`() {
        let report = SampleReport.make("A-1", signs: [SampleSigns.lado, SampleSigns.common])
        #expect(rules.compartment(of: SampleSigns.lado, in: report) == .lado)
        #expect(rules.compartment(of: SampleSigns.common, in: report) == .openPartner)
        #expect(rules.compartment(of: report) == .openPartner)
        #expect(rules.privateCompartment(of: report) == .lado)
        #expect(rules.opensPlace(report))
    }

    @Test func `a report with nothing but staff signs is not even counted in the open view`() {
        let report = SampleReport.make("A-1", signs: [SampleSigns.lado])
        #expect(rules.compartment(of: report) == .lado)
        #expect(!rules.opensPlace(report))
    }

    @Test func `an adult who works with children makes narrative and originator lado, and no item`() {
        let report = SampleReport.make("A-1", adultWorksWithChildren: true)
        #expect(rules.privateCompartment(of: report) == .lado)
        #expect(rules.compartment(of: report) == .openPartner)
        #expect(rules.compartment(of: SampleSigns.common, in: report) == .openPartner)
    }

    @Test func `restricted reports keep their compartment`() {
        let report = SampleReport.make("A-1", compartment: .policeIntel)
        #expect(rules.compartment(of: report) == .policeIntel)
        #expect(rules.privateCompartment(of: report) == .policeIntel)
        #expect(!rules.opensPlace(report))
    }

    @Test func `happening now and severity 5 graded A to C come first, a back-file never`() {
        #expect(rules.priority(of: SampleReport.make("A-1")) == .live)
        #expect(rules.priority(of: SampleReport.make("A-1", happeningNow: true)) == .now)
        #expect(rules.priority(of: SampleReport.make("A-1", happeningNow: true, isBackFile: true)) == .background)
        for (information, priority) in [
            (InformationGrade.a, DuePriority.now), (.b, .now), (.c, .now), (.d, .live), (.e, .live),
        ] {
            let grade = Grade(source: .untested, information: information)
            #expect(
                rules.priority(of: SampleReport.make("A-1", signs: [SampleSigns.grave], grade: grade)) == priority
            )
        }
    }
}
