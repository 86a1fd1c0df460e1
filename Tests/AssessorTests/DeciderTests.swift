import RiskAssessment
import Safeguarding
import TestSupport
import Testing

@testable import Assessor

/// Both views of a place and of what has none, decided with the template that ships.
@Suite struct DeciderTests {
    private let now = Moment(seconds: 1_790_000_000)
    private let decider: Decider

    init() throws {
        decider = Decider(template: try Template(yaml: Repository.text("Deploy/templates/safeguarding.yaml")))
    }

    private var context: AssessmentContext {
        AssessmentContext(now: now, workingTime: WorkingTime(), nextMeeting: nil)
    }

    private func item(
        _ number: UInt64,
        _ compartment: Compartment = .openPartner,
        agency: String = "licensing",
        attribution: Attribution = .inside,
        isConsidered: Bool = true
    ) -> RecordedItem {
        RecordedItem(
            version: Int64(number),
            report: ReportID(UniqueID(high: 0, low: number)),
            sign: "adult-controls-child",
            grade: Grade(source: .reliable, information: .a),
            attribution: attribution,
            observed: now - Int64(number) * Moment.day,
            received: now - Int64(number) * Moment.day,
            agency: agency,
            agencyKind: .licensing,
            compartment: compartment,
            consideredOpen: isConsidered,
            consideredFull: isConsidered
        )
    }

    private func work(
        _ items: [RecordedItem],
        open: ViewState,
        isVisibleInOpen: Bool,
        withdrew: [View: Bool] = [:],
        isBackground: Bool = false,
        full: ViewState? = nil
    ) -> LocationWork {
        LocationWork(
            id: LocationID(UniqueID(high: 1, low: 1)),
            category: .takeaway,
            areas: [],
            openName: nil,
            fullName: "Marlowick Grill",
            isVisibleInOpen: isVisibleInOpen,
            items: items,
            withdrawnNew: withdrew,
            controls: [],
            reviews: [],
            inspections: [],
            judgements: [],
            open: open,
            full: full ?? open,
            isBackground: isBackground
        )
    }

    /// Red and alerted.
    private var red: ViewState {
        ViewState(
            published: PublishedState(band: .red, hasSeverityFour: true, at: now - Moment.day, announced: .red),
            openAlerts: [
                OpenAlert(
                    id: AlertID(UniqueID(high: 2, low: 2)),
                    cause: .risk,
                    rev: 1,
                    urgency: .high,
                    openedAt: now - Moment.day
                )
            ],
            lastBand: .red
        )
    }

    private var never: ViewState { ViewState(published: .never, openAlerts: [], lastBand: nil) }

    private func types(_ work: LocationWork, _ view: View) throws -> [EventType] {
        try decider.decide([.location(work)], in: context)[0].views[view]?.events.map(\.publication.type) ?? []
    }

    @Test func `a place that the open view no longer knows is closed there, and nothing of the rest is told`() throws {
        let hidden = work(
            (1...4).map { item($0, .policeIntel, agency: "agency-\($0 % 2)") },
            open: red,
            isVisibleInOpen: false,
            withdrew: [.open: true]
        )
        let verdict = try decider.decide([.location(hidden)], in: context)[0]
        let open = try #require(verdict.views[.open])
        #expect(open.assessment == nil)
        #expect(open.events.map(\.publication.type) == [.easing, .closed])
        #expect(open.published.band == nil)
        for event in open.events {
            #expect(!event.body.contains("Marlowick") && !event.body.contains("adult-controls-child"))
        }
    }

    @Test func `a place that the open view never knew is not decided there`() throws {
        let hidden = work([item(1, .policeIntel)], open: never, isVisibleInOpen: false)
        #expect(try decider.decide([.location(hidden)], in: context)[0].views[.open] == nil)
    }

    @Test func `a withdrawal in a back-file eases and closes like any other`() throws {
        let emptied = work(
            [],
            open: red,
            isVisibleInOpen: true,
            withdrew: [.open: true, .full: true],
            isBackground: true
        )
        #expect(try types(emptied, .full) == [.easing, .closed])
        #expect(try types(emptied, .open) == [.easing, .closed])
    }

    @Test func `what nobody has claimed is told with the band that was published, while a fall waits`() throws {
        var standing = red
        standing.openAlerts[0].care = AlertCare(escalates: now)
        let fallen = work([item(1, attribution: .nearby)], open: red, isVisibleInOpen: true, full: standing)
        let verdict = try #require(try decider.decide([.location(fallen)], in: context)[0].views[.full])
        #expect(verdict.effectiveBand == .green)
        let told = try #require(verdict.events.first)
        #expect(verdict.events.count == 1 && told.publication.type == .escalated)
        #expect(told.publication.bandFrom == .red && told.publication.bandTo == .red)
        #expect(told.body.contains(#""to":"red""#))
    }

    @Test func `a new baseline at green ends the alert that stood`() throws {
        let rescored = work([item(1, attribution: .nearby)], open: red, isVisibleInOpen: true, isBackground: true)
        #expect(try types(rescored, .full) == [.closed])
    }

    @Test func `a restricted report in the midst of a rescoring changes nothing that the open view is told`() throws {
        let outdated = ViewState(
            published: PublishedState(band: .amber, hasSeverityFour: true, at: now - Moment.day, announced: .amber),
            openAlerts: [],
            lastBand: .amber,
            lastTemplate: .init(id: "safeguarding", version: 1)
        )
        let items = (1...4).map { item($0, agency: "agency-\($0)") }
        let secret = item(9, .policeIntel, isConsidered: false)
        func view(_ items: [RecordedItem], isBackground: Bool, of state: ViewState) throws -> [View: ViewVerdict] {
            let place = work(items, open: state, isVisibleInOpen: true, isBackground: isBackground)
            return try decider.decide([.location(place)], in: context)[0].views
        }
        let plain = try view(items, isBackground: true, of: outdated)
        let mixed = try view(items + [secret], isBackground: false, of: outdated)
        #expect(plain[.open]?.published.band == .red)
        #expect(plain[.open]?.events == [] && mixed[.open]?.events == [])
        #expect(plain[.open]?.published == mixed[.open]?.published)
        #expect(mixed[.full]?.events.isEmpty == false)
        var current = outdated
        current.lastTemplate = .init(id: "safeguarding", version: decider.template.version)
        #expect(try view(items, isBackground: false, of: current)[.open]?.events.isEmpty == false)
    }

    @Test func `an open event says that more is known where the bands differ, and no other does`() throws {
        let items =
            [item(1, isConsidered: false)]
            + (2...8).map { item($0, .statutoryOnly, agency: "b\($0)", isConsidered: false) }
        let differing = try decider.decide(
            [.location(work(items, open: never, isVisibleInOpen: true))],
            in: context
        )[0]
        let open = try #require(differing.views[.open]?.events.first)
        #expect(open.body.contains("\"restricted\":true"))
        #expect(differing.views[.full]?.events.contains { $0.body.contains("\"restricted\"") } == false)
        let alike = work([item(1, isConsidered: false)], open: never, isVisibleInOpen: true)
        let event = try #require(try decider.decide([.location(alike)], in: context)[0].views[.open]?.events.first)
        #expect(!event.body.contains("\"restricted\""))
    }

    @Test func `an allegation adds nothing to what the open view is told, whatever else is restricted`() throws {
        func told(_ items: [RecordedItem]) throws -> (isFlagged: Bool, difference: ViewDifference?) {
            let place = work(items, open: never, isVisibleInOpen: true)
            let verdict = try decider.decide([.location(place)], in: context)[0]
            let event = try #require(verdict.views[.open]?.events.first)
            return (event.body.contains("\"restricted\""), verdict.difference)
        }
        let seen = [item(1, isConsidered: false)]
        let allegations = (2...8).map { item($0, .lado, agency: "b\($0)", isConsidered: false) }
        let faint = [item(3_000, .statutoryOnly)]
        #expect(try told(seen + faint).isFlagged == false)
        // Statutory items that change no band are no cover: the flag would say that there is an allegation.
        let both = try told(seen + faint + allegations)
        #expect(!both.isFlagged)
        #expect(both.difference == ViewDifference(bandsDiffer: true, onlyByLADO: true))
        let grave = (10...16).map { item($0, .statutoryOnly, agency: "c\($0)", isConsidered: false) }
        let all = try told(seen + grave + allegations)
        #expect(all.isFlagged)
        #expect(all.difference == ViewDifference(bandsDiffer: true, onlyByLADO: false))
    }

    @Test func `a back-file of which nothing found a place is told of`() throws {
        var run = ImportRunWork(run: 7, bandsByArea: [:], unlocated: 500)
        run.openUnlocated = 3
        let verdict = try decider.decide([.importRun(run)], in: context)[0]
        #expect(verdict.views[.full]?.events.map(\.publication.type) == [.backFile])
        #expect(verdict.views[.full]?.events.first?.body.contains("\"unlocated\":500") == true)
        #expect(verdict.views[.open]?.events.first?.body.contains("\"below\":5") == true)
        let nothing = ImportRunWork(run: 8, bandsByArea: [:], unlocated: 0)
        #expect(try decider.decide([.importRun(nothing)], in: context)[0].views[.full]?.events.isEmpty == true)
    }
}
