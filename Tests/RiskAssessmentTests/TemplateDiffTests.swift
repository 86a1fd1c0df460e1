import Foundation
import RiskAssessment
import TestSupport
import Testing

@Suite struct `Template comparison` {
    private let text: String
    private let template: Template

    init() throws {
        text = try Repository.text("Deploy/templates/safeguarding.yaml")
        template = try Templates.safeguarding()
    }

    @Test func `layout, comments and trailing zeros are no difference`() throws {
        let other = "# another comment\n" + text.replacing("0.70", with: "0.7").replacing("2: 0.7,", with: "2:    0.7,")
        #expect(TemplateDiff(from: template, to: try Template(yaml: other)).lines == [])
    }

    @Test func `one line for each value changed, added or removed, named by code`() throws {
        let changed = text.replacing("version: 2\n", with: "version: 3\n").replacing("2: 0.70", with: "2: 0.80")
            .replacing("{code: shop-tick-debt, severity: 4", with: "{code: shop-tick-debt, severity: 5")
            .replacing("    - {code: challenge-25,", with: "    - {code: challenge-21,")
        let lines = TemplateDiff(from: template, to: try Template(yaml: changed)).lines.map(\.description)
        #expect(
            lines == [
                "~ version: 2 -> 3", "~ signs.shop-tick-debt.severity: 4 -> 5", "~ factors.source.2: 0.7 -> 0.8",
                "+ controls.catalogue.challenge-21.code: challenge-21",
                "+ controls.catalogue.challenge-21.label: Challenge 21 or 25 in force",
                "+ controls.catalogue.challenge-21.categories: licensed-premises, off-licence-shop, shisha-lounge, hotel, event",
                "- controls.catalogue.challenge-25.code: challenge-25",
                "- controls.catalogue.challenge-25.label: Challenge 21 or 25 in force",
                "- controls.catalogue.challenge-25.categories: licensed-premises, off-licence-shop, shisha-lounge, hotel, event",
            ]
        )
    }

    @Test func `a changed weight shows in the worked examples`() throws {
        let changed = try Template(
            yaml: text.replacing("nearby: 0.30}", with: "nearby: 0.30}").replacing(
                "journey: 0.50",
                with: "journey: 0.60"
            )
        )
        #expect(
            changed.failedExamples().map(\.description) == [
                "taxi operator: absent adult pays fare, first hand: points is 1.26, not 1.05"
            ]
        )
    }

    @Test func `shown, a template begins with its name and what it must not be taken for`() throws {
        let lines = TemplateShow(template).lines
        #expect(lines.first == "safeguarding version 2: Safeguarding location risk assessment")
        #expect(lines.contains("reviews.red.or-next-meeting: true"))
        let demonstration = TemplateShow(try Templates.policeOpenData()).lines
        #expect(demonstration[1].contains("no safeguarding evidence"))
        #expect(lines.count > 700)
    }
}
