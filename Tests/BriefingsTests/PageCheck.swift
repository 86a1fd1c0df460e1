import Foundation
import FoundationXML

/// A page read as strict XML: what a browser forgives is a fault here.
final class PageCheck: NSObject, XMLParserDelegate {
    struct Element {
        var name: String
        var attributes: [String: String]
        var path: [String]
    }

    private(set) var elements: [Element] = []
    private(set) var headings: [(level: Int, text: String)] = []
    private(set) var fault: String?
    private var path: [String] = []
    private var heading: (level: Int, text: String)?

    init(_ html: String) {
        super.init()
        let parser = XMLParser(data: Data(html.utf8))
        parser.delegate = self
        if !parser.parse() { fault = fault ?? "line \(parser.lineNumber)" }
    }

    func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

    func parser(
        _ parser: XMLParser,
        didStartElement name: String,
        namespaceURI: String?,
        qualifiedName: String?,
        attributes: [String: String]
    ) {
        elements.append(Element(name: name, attributes: attributes, path: path))
        path.append(name)
        if name.count == 2, name.first == "h", let level = name.last?.wholeNumberValue { heading = (level, "") }
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) { heading?.text += text }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        path.removeLast()
        if let heading, name == "h\(heading.level)" {
            headings.append(heading)
            self.heading = nil
        }
    }

    func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
        fault = "line \(parser.lineNumber): \(error)"
    }
}
