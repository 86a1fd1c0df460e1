import Foundation
import RiskAssessment
import Safeguarding
import TestSupport
import Testing

/// The two templates that ship are part of the product like code: what they carry is held to domain.md here.
@Suite struct `Shipped templates` {
    @Test(arguments: ["safeguarding", "police-open-data"])
    func `are accepted and their worked examples agree`(name: String) throws {
        let template = try Template(yaml: Repository.text("Deploy/templates/\(name).yaml"))
        #expect(template.id == name)
        #expect(template.version == 2)
        #expect(!template.examples.isEmpty)
        #expect(template.failedExamples().map(\.description) == [])
    }

    @Test func `safeguarding carries the nine worked examples with the vectors' names`() throws {
        #expect(
            try Templates.safeguarding().examples.map(\.name) == [
                "trading standards see tick-debt themselves", "anonymous caller: child abused at hotel",
                "taxi operator: absent adult pays fare, first hand", "officer sees sexual activity with a child",
                "licensing and CCTV, severity 4 each, independent, inside",
                "three of severity 4, first hand, three agencies", "the same three, seven months old",
                "ten of severity 2 from one person, first hand, untested", "one of severity 4 suspected false",
            ]
        )
    }

    @Test func `safeguarding carries the whole catalogue of signs with its flags`() throws {
        let signs = try Templates.safeguarding().signs
        #expect(signs.count == 70)
        #expect(signs.first?.code == "child-in-danger-now")
        #expect(signs.last?.code == "young-person-says-safe")
        #expect((0...5).map { severity in signs.count { $0.severity == severity } } == [2, 1, 13, 19, 27, 8])
        #expect(
            signs.filter(\.isStructural).map(\.code) == [
                "basement-living-quarters", "hidden-back-room", "operating-outside-licence", "poor-guardianship",
            ]
        )
        #expect(signs.filter(\.isProtective).map(\.code) == ["premises-self-report", "young-person-says-safe"])
        #expect(signs.filter(\.isRestricted).map(\.code) == ["staff-inappropriate-contact"])
        #expect(signs.allSatisfy { !$0.categories.isEmpty && !$0.reporters.isEmpty && !$0.label.isEmpty })
    }

    /// The table of domain.md section 3, where the document lies beside the repository.
    @Test(.enabled(if: SharedData.has("../domain.md"), "domain.md is not beside the repository"))
    func `safeguarding's signs are those of the domain document, number for number`() throws {
        let rows = try SharedData.text("../domain.md").split(separator: "\n").compactMap { line -> (String, Int)? in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 7, let number = Int(cells[0]), (1...70).contains(number),
                let severity = Int(cells[5])
            else { return nil }
            return (cells[1].replacing("`", with: ""), severity)
        }
        let signs = try Templates.safeguarding().signs
        #expect(rows.map(\.0) == signs.map(\.code))
        #expect(rows.map(\.1) == signs.map(\.severity))
    }

    @Test func `safeguarding lists every category and restricts three`() throws {
        let template = try Templates.safeguarding()
        #expect(template.categories.map(\.category) == LocationCategory.allCases)
        #expect(
            template.categories.filter(\.isRestricted).map(\.category) == [
                .shortLet, .careSettingVicinity, .residential,
            ]
        )
        #expect(template.categories.allSatisfy { $0.isRestricted == $0.category.isRestricted })
        #expect(template.category(.hotel)?.regulator.contains("s.116") == true)
    }

    @Test func `safeguarding gives the default grades of the interfaces`() throws {
        let template = try Templates.safeguarding()
        func grades(_ kind: AgencyKind) -> String {
            Knowledge.allCases.compactMap { template.defaultGrade(of: kind, $0)?.text }.joined(separator: "/")
        }
        for kind in [
            AgencyKind.police, .childrensServices, .health, .education, .licensing, .tradingStandards, .housing,
        ] {
            #expect(grades(kind) == "1A/1C/1D")
        }
        for kind in [AgencyKind.cctv, .transport, .taxiOperator, .business] { #expect(grades(kind) == "2A/2C/2D") }
        #expect(grades(.community) == "2A/2D/2D")
    }

    @Test func `safeguarding's disruption options name act and section and prompt by category`() throws {
        let template = try Templates.safeguarding()
        let hotel = template.disruption(at: .hotel)
        #expect(hotel.contains { $0.code == "hotel-information-notice" && $0.law.contains("s.116") })
        #expect(!template.disruption(at: .park).contains { $0.code == "hotel-information-notice" })
        #expect(template.disruption(at: .park).contains { $0.law.contains("s.59") })
        #expect(
            template.disruption.filter(\.checkCommencement).map(\.code) == [
                "closure-nuisance", "criminal-exploitation-and-cuckooing",
            ]
        )
        #expect(template.disruption.last?.code == "without-legal-power")
        for category in LocationCategory.allCases { #expect(!template.disruption(at: category).isEmpty) }
    }

    @Test func `every category can earn full credit for controls`() throws {
        let template = try Templates.safeguarding()
        let open: Set<LocationCategory> = [.online, .area, .residential]
        for category in LocationCategory.allCases where !open.contains(category) {
            let listed = template.controls.catalogue.count { $0.categories.contains(category) }
            #expect(listed >= 3, "\(category.rawValue)")
        }
    }

    @Test func `prompts follow signs, severity and flags, and law that is not in force is silent`() throws {
        let template = try Templates.safeguarding()
        func prompts(_ signs: [String], _ category: LocationCategory? = nil, now: Bool = false, adult: Bool = false)
            -> [Prompt]
        {
            template.prompts(signs: signs, category: category, happeningNow: now, adultWorksWithChildren: adult).map(
                \.code
            )
        }
        #expect(prompts(["cash-no-id-booking"], .hotel) == [])
        #expect(prompts(["cash-no-id-booking"], .park) == [.unusualForCategory])
        #expect(prompts(["cash-no-id-booking"], now: true) == [.call999])
        #expect(prompts(["cash-no-id-booking"], adult: true) == [.lado])
        #expect(prompts(["child-in-danger-now"]) == [.call999, .referMASH, .preserveEvidence])
        #expect(prompts(["shop-tick-debt"], .takeaway) == [.referMASH, .considerNRM, .thinkTwice])
        #expect(prompts(["staff-inappropriate-contact"], .hotel) == [.referMASH, .lado])
        #expect(prompts(["vulnerable-occupier-displaced"], .residential) == [.referMASH, .adultSafeguarding])
        #expect(prompts(["out-of-area-vehicle-pattern"], .privateHire) == [.licensedElsewhere])
        #expect(!prompts(["child-discloses-harm-at-place"]).contains(.dutyToReport))
    }

    @Test func `intake is told the same`() throws {
        let template = try Templates.safeguarding()
        let rules = IntakeRules(template)
        #expect(rules.template == "safeguarding")
        #expect(rules.version == 2)
        #expect(rules.signs.count == 70)
        #expect(rules.signs["cash-no-id-booking"] == .init(severity: 2, categories: [.hotel]))
        #expect(rules.signs["child-in-danger-now"]?.categories == nil)
        #expect(rules.defaultGrade(of: .cctv, knowing: .told).text == "2C")
        #expect(!rules.prompts.contains { $0.code == .dutyToReport })
        let mash = try #require(rules.prompts.first { $0.code == .referMASH })
        #expect(mash.signs == Set(template.signs.filter { $0.severity >= 4 }.map(\.code)))
        #expect(template.signWeights["staff-inappropriate-contact"] == SignWeight(severity: 5, isLADO: true))
        #expect(template.signWeights["hidden-back-room"] == SignWeight(severity: 4))
    }

    @Test func `the demonstration has the crime types in kebab case and nothing that could be grave`() throws {
        let types = [
            "Anti-social behaviour", "Bicycle theft", "Burglary", "Criminal damage and arson", "Drugs", "Other crime",
            "Other theft", "Possession of weapons", "Public order", "Robbery", "Shoplifting", "Theft from the person",
            "Vehicle crime", "Violence and sexual offences",
        ]
        let template = try Templates.policeOpenData()
        #expect(template.signs.map(\.label) == types)
        #expect(template.signs.map(\.code) == types.map { $0.lowercased().replacing(" ", with: "-") })
        #expect(template.signs.map(\.severity).max() == 3)
        #expect(template.evidence == .demonstration)
        #expect(template.notice?.contains("no safeguarding evidence") == true)
        #expect(template.events.sameSignHours == nil)
        #expect(template.events.sameOriginatorHours == nil)
        let safeguarding = try Templates.safeguarding()
        #expect(template.signs.allSatisfy { safeguarding.sign($0.code) == nil })
    }
}
