import Briefings
import Foundation
import Safeguarding
import Testing

/// What must never be in an output, searched for byte by byte in every format.
@Suite struct DisclosureTests {
    static let notice = "Made-up exercise data: no safeguarding evidence."

    static func outputs(_ picture: OperationalPicture) throws -> [(format: BriefingFormat, text: String)] {
        let renderer = try BriefingRenderer()
        let document = BriefingDocument(picture)
        return BriefingFormat.allCases.map { ($0, renderer.render(document, as: $0)) }
    }

    @Test func `a withheld name appears nowhere although the source handed it over`() throws {
        var picture = Marlowick.picture(.open)
        picture.places[0].name = "Hazel Lodge"
        picture.places[0].isNameWithheld = true
        for (format, text) in try DisclosureTests.outputs(picture) {
            #expect(!text.contains("Hazel"), "\(format)")
            #expect(text.contains("withheld") || format == .csv || format == .geojson, "\(format)")
        }
    }

    @Test func `points that slipped into the open view appear nowhere`() throws {
        var picture = Marlowick.picture(.open)
        picture.places[1].points = Points(units: 987_600_000_000)
        picture.places[1].hasRestrictedItems = true
        for (format, text) in try DisclosureTests.outputs(picture) {
            #expect(!text.contains("98.76"), "\(format)")
            #expect(!text.contains("restricted compartment"), "\(format)")
            #expect(!text.contains("\"restrictedItems\":true"), "\(format)")
        }
    }

    @Test func `a suppressed count is shown as fewer than five and its total not at all`() throws {
        let document = BriefingDocument(Marlowick.picture(.open))
        #expect(document.places[1].reports == nil)
        #expect(document.places[2].reports == .exact(6))
        for (format, text) in try DisclosureTests.outputs(Marlowick.picture(.open)) {
            switch format {
            case .html, .text: #expect(text.contains("fewer than 5"))
            case .json: #expect(text.contains("{\"below\":5}"))
            case .csv: #expect(text.contains(",<5,"))
            case .geojson: break
            }
        }
    }

    @Test func `marking, notice and handling stand on every output, also on one without places`() throws {
        for empty in [false, true] {
            let picture = Marlowick.picture(.full, notice: DisclosureTests.notice, empty: empty)
            for (format, text) in try DisclosureTests.outputs(picture) {
                #expect(text.contains("OFFICIAL-SENSITIVE"), "\(format)")
                #expect(text.contains("no safeguarding evidence"), "\(format)")
            }
        }
    }

    @Test func `a restricted place has no exact position on a map or in a table, cleared reader or not`() throws {
        let outputs = try DisclosureTests.outputs(Marlowick.picture(.full))
        for (format, text) in outputs where format == .geojson || format == .csv {
            #expect(!text.contains("-0.39821"), "\(format)")
            #expect(!text.contains("51.8764"), "\(format)")
        }
        let open = try DisclosureTests.outputs(Marlowick.picture(.open))
        for (format, text) in open { #expect(!text.contains("-0.39821") && !text.contains("51.8764"), "\(format)") }
        let map = try #require(open.first { $0.format == .geojson }?.text)
        #expect(map.contains("\"position\":\"coarse-1km\""))
    }

    @Test func `a flag of more knowledge changes the flag's own words and nothing else`() throws {
        var plain = Marlowick.picture(.open)
        plain.places[0].contactCoordinator = false
        let flagged = Marlowick.picture(.open)
        for ((format, a), (_, b)) in zip(try DisclosureTests.outputs(plain), try DisclosureTests.outputs(flagged)) {
            let before = a.split(separator: "\n")
            let after = b.split(separator: "\n")
            switch format {
            case .html, .text: #expect(after.count == before.count + 1, "\(format)")
            case .json, .geojson, .csv: #expect(after.count == before.count, "\(format)")
            }
        }
    }

    @Test func `the same picture gives the same bytes`() throws {
        let first = try DisclosureTests.outputs(Marlowick.picture(.full)).map(\.text)
        let second = try DisclosureTests.outputs(Marlowick.picture(.full)).map(\.text)
        #expect(first == second)
    }
}
