import Foundation
import Safeguarding
import Testing

@testable import Briefings

/// The edges of each format.
@Suite struct RenderingTests {
    @Test(arguments: [
        ("=1+1", "'=1+1"), ("+44", "'+44"), ("-2", "'-2"), ("@sum", "'@sum"), ("\tx", "'\tx"), ("a=b", "a=b"),
        ("", ""), ("'=x", "'=x"),
    ])
    func `a cell that a spreadsheet would run is disarmed`(cell: String, written: String) {
        #expect(CSVTable.guarded(cell) == written)
    }

    @Test func `cells with commas, quotes and line ends are quoted, a carriage return also guarded`() {
        var table = CSVTable(header: ["a", "b"])
        table.append(["x,\"y\"", "one\ntwo"])
        table.append(["\r=cmd", "plain"])
        #expect(table.text == "a,b\r\n\"x,\"\"y\"\"\",\"one\ntwo\"\r\n\"'\r=cmd\",plain\r\n")
    }

    @Test func `every row of the table has as many cells as the header`() {
        for empty in [false, true] {
            let csv = BriefingDocument(Marlowick.picture(.full, empty: empty)).csv
            let rows = csv.split(separator: "\r\n").map { row in
                var inQuotes = false
                return row.reduce(into: 1) { count, character in
                    if character == "\"" { inQuotes.toggle() }
                    if character == ",", !inQuotes { count += 1 }
                }
            }
            #expect(Set(rows).count == 1)
            #expect(rows.count == (empty ? 2 : 5))
        }
    }

    @Test(arguments: [
        (-0.412_345_67, "-0.412346"), (51.9, "51.9"), (0, "0"), (-0.000_000_4, "0"), (-0.000_000_6, "-0.000001"),
        (179.999_999_9, "180"), (.nan, "0"), (.infinity, "0"), (1e300, "0"),
    ])
    func `a coordinate is written with six decimals at most`(degrees: Double, text: String) {
        #expect(Degrees.text(degrees) == text)
    }

    @Test func `markup in names is text, also where a mark is combined with a quote or a bracket`() {
        let name = "<script>\"\u{301} onload='x' & <\u{338}b>"
        let escaped = HTMLText.escaped(name)
        for character in ["<", ">", "\"", "'"] as [Unicode.Scalar] {
            #expect(!escaped.unicodeScalars.contains(character))
        }
        #expect(escaped.hasPrefix("&lt;script&gt;&quot;\u{301}"))
    }

    @Test func `control characters and turned writing direction do not reach a page or a terminal`() throws {
        var picture = Marlowick.picture(.open)
        picture.places[1].name = "Lock\u{1B}[31m\u{0}House\u{202E}evil\u{7F}"
        let document = BriefingDocument(picture)
        for format in [BriefingFormat.html, .text] {
            let scalars = try BriefingRenderer().render(document, as: format).unicodeScalars
            for forbidden in ["\u{1B}", "\u{0}", "\u{202E}", "\u{7F}"] as [Unicode.Scalar] {
                #expect(!scalars.contains(forbidden))
            }
        }
        #expect(PageCheck(try BriefingRenderer().render(document, as: .html)).fault == nil)
    }

    @Test func `the text briefing fits 80 columns but for identifiers`() throws {
        let text = try BriefingRenderer().render(BriefingDocument(Marlowick.picture(.full)), as: .text)
        for line in text.split(separator: "\n") where !line.contains("loc_") { #expect(line.count <= 80, "\(line)") }
    }

    @Test func `JSON and GeoJSON parse and carry what they count`() throws {
        let document = BriefingDocument(Marlowick.picture(.full))
        let json = try JSONReader.read(bytes: Array(document.json.text.utf8))
        #expect(json["places"]?.array?.count == 4)
        #expect(json["matching"]?.integer == 6)
        #expect(json["view"]?.string == "full")
        let map = try JSONReader.read(bytes: Array(document.geoJSON.text.utf8))
        #expect(map["type"]?.string == "FeatureCollection")
        #expect(map["features"]?.array?.count == 4)
        #expect(map["features"]?.array?.first?["geometry"]?.isNull == true)
    }

    @Test(arguments: BriefingFormat.allCases)
    func `a format is found by its path extension`(format: BriefingFormat) {
        #expect(BriefingFormat(pathExtension: format.pathExtension) == format)
    }

    @Test func `an unknown path extension is no format`() {
        for name in ["pdf", "HTML", "", "text"] { #expect(BriefingFormat(pathExtension: name) == nil) }
    }
}
