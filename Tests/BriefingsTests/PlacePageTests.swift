import Briefings
import Foundation
import Safeguarding
import Testing

/// What one place's explanation shows to whom.
@Suite struct PlacePageTests {
    static let secretSign = "staff-inappropriate-contact"
    static let secretAgency = "marlowick-lado-office"

    static func item(
        _ number: UInt64,
        sign: String,
        agency: String,
        compartment: Compartment,
        liftedBy: ReportID? = nil
    ) -> ExplainedItem {
        ExplainedItem(
            report: Marlowick.report(number),
            sign: sign,
            agency: agency,
            agencyKind: .licensing,
            compartment: compartment,
            grade: Grade(source: .reliable, information: .a),
            attribution: .inside,
            observed: Marlowick.moment("2026-11-0\(number)T20:00:00Z"),
            severity: 4,
            sourceFactor: 100,
            informationFactor: 90,
            attributionFactor: 100,
            ageFactor: 75,
            itemPoints: Points(units: 27_000_000_000),
            counted: Points(units: 27_000_000_000),
            liftedBy: liftedBy,
            originatorUnconfirmed: false
        )
    }

    static let explanation = Explanation(
        events: [
            ExplainedEvent(
                points: Points(units: 54_000_000_000),
                cappedBy: Points(units: 5_000_000_000),
                items: [
                    item(
                        1,
                        sign: "room-paid-cash",
                        agency: "marlowick-licensing",
                        compartment: .openPartner,
                        liftedBy: Marlowick.report(2)
                    ),
                    item(2, sign: secretSign, agency: secretAgency, compartment: .lado),
                ]
            )
        ],
        notCounted: [
            UncountedItem(
                report: Marlowick.report(3),
                sign: secretSign,
                agency: secretAgency,
                compartment: .lado,
                observed: Marlowick.moment("2024-01-01T00:00:00Z"),
                reason: .agedOut
            ),
            UncountedItem(
                report: Marlowick.report(4),
                sign: "shop-tick-debt",
                agency: "marlowick-trading",
                compartment: .openPartner,
                observed: Marlowick.moment("2024-01-02T00:00:00Z"),
                reason: .selfReport
            ),
        ],
        caps: ["event-cap"],
        controls: [
            ExplainedControl(
                code: "staff-trained",
                state: .verified,
                verified: Marlowick.moment("2026-06-01T10:00:00Z"),
                credit: 100
            ),
            ExplainedControl(code: "id-check", state: .failed, verified: nil, credit: -50),
        ]
    )

    static let assessment = Assessment(
        at: Marlowick.asOf,
        points: Points(units: 127_500_000_000),
        likelihood: 4,
        severity: 5,
        inherent: 20,
        controlCredit: 50,
        residualLikelihood: 4,
        residual: 20,
        band: .red,
        trend: .rising,
        confidence: .high,
        marks: [.controlsWithheld],
        events: 6,
        inWindow: 8,
        lifted: 1,
        signs: ["room-paid-cash", "child-with-older-adults"],
        reportsByKind: [.licensing: 9],
        reports: 9,
        agencies: 3,
        hasSeverityFour: true,
        nextChange: Marlowick.moment("2026-12-01T00:00:00Z"),
        explanation: explanation
    )

    static func reader(_ clearances: Set<Clearance>) -> Reader {
        Reader(subject: "tester", agency: "marlowick-council", person: "tester", clearances: clearances, areas: [])
    }

    static func page(_ view: View, clearances: Set<Clearance>? = nil) -> PlacePage {
        PlacePage(
            Marlowick.hotel(view),
            assessment: assessment,
            asOf: Marlowick.asOf,
            reader: reader(clearances ?? (view == .full ? [.statutory] : [])),
            wording: Marlowick.wording
        )
    }

    static func everything(_ page: PlacePage) throws -> String {
        let renderer = try BriefingRenderer()
        return BriefingFormat.allCases.compactMap { renderer.render(page, as: $0) }.joined()
    }

    @Test func `a reader of the open view sees no line, no points and no agency`() throws {
        let page = PlacePageTests.page(.open)
        #expect(page.assessment?.explanation.lines == nil)
        let text = try PlacePageTests.everything(page)
        for secret in [PlacePageTests.secretSign, "marlowick-licensing", Marlowick.report(1).text, "2.70", "12.75"] {
            #expect(!text.contains(secret), "\(secret)")
        }
    }

    @Test func `statutory clearance alone shows points of a restricted item and nothing else of it`() throws {
        let page = PlacePageTests.page(.full, clearances: [.statutory])
        let text = try PlacePageTests.everything(page)
        #expect(text.contains("restricted-item"))
        #expect(text.contains("room-paid-cash"))
        for secret in [
            PlacePageTests.secretSign, PlacePageTests.secretAgency, Marlowick.report(2).text, Marlowick.report(3).text,
            "2026-11-02", "2 Nov 2026", "2024-01-01",
        ] {
            #expect(!text.contains(secret), "\(secret)")
        }
        #expect(page.assessment?.explanation.lines?.map(\.counted.shown) == ["2.70", "2.70"])
    }

    @Test func `the clearance of the compartment opens its items`() throws {
        let text = try PlacePageTests.everything(PlacePageTests.page(.full, clearances: [.statutory, .lado]))
        #expect(text.contains(PlacePageTests.secretSign))
        #expect(text.contains(PlacePageTests.secretAgency))
    }

    @Test func `a compartment's clearance without the statutory one opens nothing`() {
        for clearance in [Clearance.police, .lado] {
            let reader = PlacePageTests.reader([clearance])
            #expect(Compartment.allCases.filter(reader.mayOpen) == [.openPartner])
        }
    }

    @Test func `the page shows the numbers of the moment, not those of the list`() {
        var then = PlacePageTests.assessment
        then.band = .green
        then.residual = 3
        let page = PlacePage(
            Marlowick.hotel(.full),
            assessment: then,
            asOf: Marlowick.from,
            reader: PlacePageTests.reader([.statutory]),
            wording: Marlowick.wording
        )
        #expect(page.entry.band == .green)
        #expect(page.entry.residual == 3)
    }

    @Test func `a place without an assessment is shown as the list has it`() throws {
        let page = PlacePage(
            Marlowick.hotel(.open),
            assessment: nil,
            asOf: Marlowick.asOf,
            reader: PlacePageTests.reader([]),
            wording: Marlowick.wording
        )
        #expect(page.entry.band == .red)
        #expect(try PlacePageTests.everything(page).contains("\"assessment\":null"))
    }

    @Test func `a page has no table format and no map`() throws {
        let renderer = try BriefingRenderer()
        #expect(renderer.render(PlacePageTests.page(.open), as: .csv) == nil)
        #expect(renderer.render(PlacePageTests.page(.open), as: .geojson) == nil)
    }
}
