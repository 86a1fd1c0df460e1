import Testing

@testable import Intake

@Suite("NDJSON lines")
struct NDJSONSplitterTests {
    private static func split(_ text: String, of size: Int = 3, line: Int = 8, stream: Int = 1_000, ends: Bool = true)
        -> [String]
    {
        var splitter = NDJSONSplitter(lineBytes: line, streamBytes: stream)
        var lines: [NDJSONSplitter.Line] = []
        for piece in Chunks(text, of: size).pieces { lines += splitter.push(piece) }
        if ends { lines += splitter.finish() }
        return lines.map { line in
            switch line {
            case .line(let bytes): String(decoding: bytes, as: UTF8.self)
            case .tooLong: "<too long>"
            case .streamTooLarge: "<stream>"
            }
        }
    }

    @Test(arguments: 1...12)
    func `do not depend on how the bytes arrive`(_ size: Int) {
        #expect(Self.split("ab\ncd\r\n\nefghijkl\nlast", of: size) == ["ab", "cd", "", "efghijkl", "last"])
    }

    @Test func `lose the last one where the stream breaks off`() {
        #expect(Self.split("ab\ncd", ends: false) == ["ab"])
    }

    @Test func `have no further one behind the last line end`() {
        #expect(Self.split("ab\n") == ["ab"])
        #expect(Self.split("") == [])
    }

    @Test(arguments: [("1234567", "1234567"), ("12345678", "12345678"), ("123456789", "<too long>")])
    func `are as long as allowed`(_ line: String, _ expected: String) {
        for end in ["\n", "\r\n", ""] {
            for size in 1...11 {
                #expect(Self.split(line + end + (end.isEmpty ? "" : "ok"), of: size).first == expected)
            }
        }
        #expect(Self.split(line + "\nok").last == "ok")
    }

    @Test func `go on behind one that is far too long`() {
        #expect(Self.split(String(repeating: "x", count: 500) + "\nok\n") == ["<too long>", "ok"])
        #expect(Self.split(String(repeating: "x", count: 500)) == ["<too long>"])
    }

    @Test func `end with the allowance of the stream`() {
        #expect(Self.split("ab\ncd\nef\n", stream: 8) == ["ab", "cd", "<stream>"])
        #expect(Self.split("ab\ncd\n", stream: 6) == ["ab", "cd"])
        var splitter = NDJSONSplitter(lineBytes: 8, streamBytes: 3)
        #expect(splitter.push(Array("ab\nc".utf8)) == [.line(Array("ab".utf8)), .streamTooLarge])
        #expect(splitter.isExhausted && splitter.push(Array("x\n".utf8)) == [] && splitter.finish() == [])
    }
}
