import Foundation
import Testing

/// The scanner that the leak tests rely on.
struct MarkerTests {
    private static let word = "Zoë Quill/7?"

    static let spellings: [String] = [
        word, word.uppercased(), word.lowercased(), #"{"name":"Zo\u00EB Quill/7?"}"#, "name=Zo%C3%AB+Quill%2F7%3F",
        "name=\(word.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")",
        "name=%5a%6f%c3%ab%20%51%75%69%6c%6c%2f%37%3f",
        #"\x"# + word.utf8.map { String(format: "%02X", $0) }.joined(), Data(word.utf8).base64EncodedString(),
        Data("a\(word)".utf8).base64EncodedString(), Data("ab\(word)c".utf8).base64EncodedString(),
        Data("abc\(word.uppercased())de".utf8).base64EncodedString(),
        Data(word.utf8).base64EncodedString().replacing("/", with: "_"),
    ]

    @Test(arguments: spellings)
    func `finds a marker however it is spelt and whatever stands beside it`(spelling: String) {
        let markers = [Marker("Zoe Quill"), Marker(Self.word)]
        #expect(Surface("", "before\n\(spelling)\nafter").found(markers) == [Self.word])
        #expect(Surface("", spelling).found(markers) == [Self.word])
    }

    @Test func `finds nothing where a marker is not whole`() {
        let surface = Surface("", "\(Self.word.dropLast()) \(Data("Zoe Quill/7?".utf8).base64EncodedString())")
        #expect(surface.found([Marker(Self.word)]).isEmpty)
    }
}
