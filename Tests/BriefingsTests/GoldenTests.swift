import Briefings
import Foundation
import Safeguarding
import Testing

/// The outputs for Marlowick, byte for byte as they were last looked at by a person.
///
/// After a change that is meant, run with `PLACEGUARD_WRITE_GOLDEN=1`, read the difference, and keep it.
@Suite struct GoldenTests {
    static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")

    @Test(arguments: [View.open, .full], BriefingFormat.allCases)
    func `a briefing is rendered as it was last approved`(view: View, format: BriefingFormat) throws {
        let document = BriefingDocument(Marlowick.picture(view))
        let text = try BriefingRenderer().render(document, as: format)
        try compare(text, with: "operational-\(view.rawValue).\(format.pathExtension)")
    }

    @Test(arguments: [View.open, .full], [BriefingFormat.html, .json, .text])
    func `a place page is rendered as it was last approved`(view: View, format: BriefingFormat) throws {
        let page = PlacePageTests.page(view)
        let text = try #require(try BriefingRenderer().render(page, as: format))
        try compare(text, with: "place-\(view.rawValue).\(format.pathExtension)")
    }

    private func compare(_ text: String, with name: String) throws {
        let file = GoldenTests.directory.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["PLACEGUARD_WRITE_GOLDEN"] == "1" {
            try Data(text.utf8).write(to: file)
        }
        let golden = try String(decoding: Data(contentsOf: file), as: UTF8.self)
        guard text != golden else { return }
        let pairs = zip(text.split(separator: "\n"), golden.split(separator: "\n"))
        let line = pairs.enumerated().first { $1.0 != $1.1 }
        Issue.record("\(name) differs from line \(line.map { "\($0.offset + 1): \($0.element.0)" } ?? "the end")")
    }
}
