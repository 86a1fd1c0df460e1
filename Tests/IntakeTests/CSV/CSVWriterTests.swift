import Testing

@testable import Intake

@Suite("Cells that a spreadsheet would compute")
struct CSVWriterTests {
    @Test(arguments: [
        ("=1+1", "'=1+1"), ("+44", "'+44"), ("-0.42", "'-0.42"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"),
        ("\rx", "'\rx"), ("", ""), ("a=b", "a=b"),
        ("'quoted", "'quoted"), ("'=1", "''=1"), ("''=1", "'''=1"), ("'", "'"), (" =1", " =1"),
    ])
    func `get an apostrophe, and lose it when read back`(_ cell: String, _ guarded: String) {
        #expect(CSVWriter.guarded(cell) == guarded)
        #expect(CSVWriter.unguarded(guarded) == cell)
    }

    @Test func `are quoted where they must be, behind the apostrophe`() {
        var out: [UInt8] = []
        CSVWriter.write(["=1,2", "a\"b", "plain", "c\nd"], to: &out)
        #expect(String(decoding: out, as: UTF8.self) == "\"'=1,2\",\"a\"\"b\",plain,\"c\nd\"\r\n")
    }
}
