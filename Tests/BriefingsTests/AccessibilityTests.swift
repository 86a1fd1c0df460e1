import Briefings
import Foundation
import Safeguarding
import Testing

/// The part of WCAG 2.2 AA that a program can check.
@Suite struct AccessibilityTests {
    static func pages() throws -> [String] {
        let renderer = try BriefingRenderer()
        let documents = [
            Marlowick.picture(.open), Marlowick.picture(.full, notice: "Made-up data."),
            Marlowick.picture(.open, empty: true),
        ].map { renderer.render(BriefingDocument($0), as: .html) }
        let places = [View.open, .full].compactMap { renderer.render(PlacePageTests.page($0), as: .html) }
        return documents + places
    }

    @Test func `every page is well-formed`() throws {
        for page in try AccessibilityTests.pages() { #expect(PageCheck(page).fault == nil) }
    }

    @Test func `every page names its language and has a title with the marking`() throws {
        for page in try AccessibilityTests.pages() {
            let check = PageCheck(page)
            #expect(check.all("html").first?.attributes["lang"] == "en-GB")
            #expect(check.all("title").count == 1)
            #expect(page.contains("<title>OFFICIAL-SENSITIVE: "))
        }
    }

    @Test func `headings begin with one h1 and skip no level`() throws {
        for page in try AccessibilityTests.pages() {
            let levels = PageCheck(page).headings.map(\.level)
            #expect(levels.filter { $0 == 1 }.count == 1)
            #expect(levels.first == 1)
            for (before, after) in zip(levels, levels.dropFirst()) { #expect(after <= before + 1) }
            #expect(PageCheck(page).headings.allSatisfy { !$0.text.isEmpty })
        }
    }

    @Test func `every table has a caption, column headers, and row headers or cells to write in`() throws {
        for page in try AccessibilityTests.pages() {
            let check = PageCheck(page)
            #expect(check.all("caption").count == check.all("table").count)
            #expect(check.all("thead").count == check.all("table").count)
            for header in check.all("th") {
                let scope = header.attributes["scope"]
                #expect(header.path.contains("thead") ? scope == "col" : scope == "row")
            }
        }
    }

    @Test func `identifiers are unique and every reference inside the page leads somewhere`() throws {
        for page in try AccessibilityTests.pages() {
            let check = PageCheck(page)
            let ids = check.elements.compactMap { $0.attributes["id"] }
            #expect(Set(ids).count == ids.count)
            for element in check.elements {
                if let target = element.attributes["href"], target.hasPrefix("#") {
                    #expect(ids.contains(String(target.dropFirst())), "\(target)")
                }
                if let label = element.attributes["aria-labelledby"] { #expect(ids.contains(label), "\(label)") }
            }
        }
    }

    @Test func `pages need no script, no foreign resource and no inline style`() throws {
        for page in try AccessibilityTests.pages() {
            let check = PageCheck(page)
            for name in ["script", "img", "iframe", "object", "link", "form"] { #expect(check.all(name).isEmpty) }
            #expect(check.elements.allSatisfy { $0.attributes["style"] == nil && $0.attributes["onclick"] == nil })
            #expect(!page.contains("http://") && !page.contains("https://"))
        }
    }

    @Test func `every band has its own shape and is named in words`() throws {
        #expect(Set(Band.allCases.map(\.symbol)).count == Band.allCases.count)
        #expect(Set(Trend.allCases.map(\.symbol)).count == Trend.allCases.count)
        let page = try #require(try AccessibilityTests.pages().first)
        for band in [Band.unrated, .red, .amber, .green] { #expect(page.contains("</span> \(band.label)</span>")) }
    }

    @Test func `text has a contrast of 4.5 to 1 or better on every ground it is given`() throws {
        let sheet = StyleSheet(BriefingRenderer.styleSheet)
        let pairs = sheet.textPairs
        #expect(pairs.count >= 8, "the rules with colour and background were not found")
        for pair in pairs {
            let ratio = try #require(sheet.contrast(pair.ink, pair.ground))
            #expect(ratio >= 4.5, "\(pair.rule): \(ratio)")
        }
        let edges = [("--line", "--paper"), ("--red-line", "--red-tint"), ("--amber-line", "--amber-tint")]
        for (edge, ground) in edges { #expect(try #require(sheet.contrast(edge, ground)) >= 3) }
    }

    @Test func `no rule sets a text colour without the ground it is meant for`() {
        let lonely = StyleSheet(BriefingRenderer.styleSheet).rules.filter { rule in
            rule.body.contains(where: { $0.hasPrefix("color: var") })
                && !rule.body.contains { $0.hasPrefix("background: var") }
        }
        #expect(lonely.map(\.selector) == [])
    }
}

/// As much of CSS as it takes to find colours.
struct StyleSheet {
    var rules: [(selector: String, body: [String])] = []
    var variables: [String: String] = [:]

    init(_ text: String) {
        for piece in text.split(separator: "}") {
            guard let brace = piece.lastIndex(of: "{") else { continue }
            let selector = piece[..<brace].split(separator: "{").last.map(String.init) ?? ""
            let body = piece[piece.index(after: brace)...].split(separator: ";").map {
                $0.trimmingCharacters(in: .whitespacesAndNewlines)
            }
            rules.append((selector.trimmingCharacters(in: .whitespacesAndNewlines), body))
            for line in body where line.hasPrefix("--") {
                let parts = line.split(separator: ":", maxSplits: 1)
                variables[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces)
            }
        }
    }

    var textPairs: [(rule: String, ink: String, ground: String)] {
        rules.compactMap { rule in
            guard let ink = value("color: var(", rule.body), let ground = value("background: var(", rule.body) else {
                return nil
            }
            return (rule.selector, ink, ground)
        }
    }

    private func value(_ prefix: String, _ body: [String]) -> String? {
        body.first { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count).prefix { $0 != ")" }) }
    }

    /// WCAG 2.2 contrast ratio of two variables.
    func contrast(_ first: String, _ second: String) -> Double? {
        guard let a = luminance(first), let b = luminance(second) else { return nil }
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    private func luminance(_ variable: String) -> Double? {
        guard let hex = variables[variable], hex.hasPrefix("#"), hex.count == 7,
            let value = Int(hex.dropFirst(), radix: 16)
        else { return nil }
        let channels = [value >> 16 & 255, value >> 8 & 255, value & 255].map { channel in
            let part = Double(channel) / 255
            return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
        }
        return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    }
}
