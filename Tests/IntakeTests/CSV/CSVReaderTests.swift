import Testing

@testable import Intake

@Suite("CSV")
struct CSVReaderTests {
    /// The records as text, with their numbers and faults.
    static func read(_ bytes: [UInt8], of size: Int, delimiter: String = ",", limits: CSVReader.Limits = .standard)
        -> [String]
    {
        var reader = CSVReader(delimiter: Array(delimiter.utf8)[0], limits: limits)
        var row = CSVRow()
        var rows: [String] = []
        func take() {
            while reader.next(&row) {
                let fields = (0..<row.count).map { String(decoding: row[$0], as: UTF8.self) }
                rows.append(
                    "\(row.number) " + fields.joined(separator: "|") + (row.fault.map { " !\($0.rawValue)" } ?? "")
                )
            }
        }
        for piece in Chunks(bytes, of: size).pieces {
            reader.push(piece)
            take()
        }
        reader.finish()
        take()
        return rows
    }

    private static func limits(field: Int = 100, row: Int = 100, fields: Int = 100) -> CSVReader.Limits {
        var limits = CSVReader.Limits()
        limits.fieldBytes = field
        limits.rowBytes = row
        limits.fields = fields
        return limits
    }

    @Test(arguments: [
        ("a,b\nc,d\n", ["1 a|b", "2 c|d"]), ("a,b\r\nc,d", ["1 a|b", "2 c|d"]), ("a\rb\r", ["1 a", "2 b"]),
        ("a\r\n\r\nb", ["1 a", "3 b"]),
        ("", []), ("\n\n", []), (",\n", ["1 |"]), ("a,", ["1 a|"]), (",,", ["1 ||"]), ("\"a\"", ["1 a"]), ("\"\"", []),
        ("\"\",", ["1 |"]),
        ("\"a,b\",c", ["1 a,b|c"]), ("\"a\nb\r\nc\",d\n", ["1 a\nb\r\nc|d"]), ("\"a\"\"b\",\"\"\"\"", ["1 a\"b|\""]),
        ("\u{FEFF}a,b", ["1 a|b"]), ("\u{FEFF}\"a\",b", ["1 a|b"]), ("a,\u{FEFF}b", ["1 a|\u{FEFF}b"]),
        ("\u{FEFD}a", ["1 \u{FEFD}a"]),
        ("a\"b,c\nd", ["1 a\"b|c !stray-quote", "2 d"]), ("\"a\"b,c\nd", ["1 ab|c !stray-quote", "2 d"]),
        ("\"a\" ,c\nd", ["1 a |c !stray-quote", "2 d"]), ("a,\"b\nc", ["1 a|b\nc !unterminated-quote"]),
        ("a,\"", ["1 a| !unterminated-quote"]),
        ("\"a\"\"", ["1 a\" !unterminated-quote"]), (" \"a\"", ["1  \"a\" !stray-quote"]), ("a\0b,c", ["1 a\0b|c"]),
    ])
    func `is read as RFC 4180 says, however the bytes arrive`(_ text: String, _ expected: [String]) {
        for size in 1...8 { #expect(Self.read(Array(text.utf8), of: size) == expected, "in pieces of \(size)") }
    }

    @Test func `takes other delimiters`() {
        #expect(Self.read(Array("a;b,c;\"d;e\"\n".utf8), of: 3, delimiter: ";") == ["1 a|b,c|d;e"])
        #expect(Self.read(Array("a\tb".utf8), of: 3, delimiter: "\t") == ["1 a|b"])
    }

    @Test(arguments: [(4, "1 1234|x"), (5, "1 12345|x"), (6, "1 | !field-too-long")])
    func `bounds a field`(_ count: Int, _ expected: String) {
        let digits = String("123456".prefix(count))
        for text in ["\(digits),x\nok", "\"\(digits)\",x\nok"] {
            for size in [1, 2, 100] {
                let rows = Self.read(Array(text.utf8), of: size, limits: Self.limits(field: 5))
                #expect(rows.last == "2 ok")
                #expect(rows.first?.hasSuffix("!field-too-long") == (count > 5))
                if count <= 5 { #expect(rows.first == expected) }
            }
        }
    }

    @Test func `bounds a record and goes on with the next line`() {
        let text = "aaaa,bbbb,cccc,dddd\nok\n"
        for size in [1, 5, 100] {
            let rows = Self.read(Array(text.utf8), of: size, limits: Self.limits(row: 10))
            #expect(rows.count == 2 && rows[0].hasSuffix("!row-too-long") && rows[1] == "2 ok")
        }
        #expect(Self.read(Array("aaaa,bbbbbb\n".utf8), of: 3, limits: Self.limits(row: 10)) == ["1 aaaa|bbbbbb"])
    }

    @Test func `bounds the number of fields`() {
        #expect(Self.read(Array("1,2,3\nok".utf8), of: 2, limits: Self.limits(fields: 3)) == ["1 1|2|3", "2 ok"])
        let rows = Self.read(Array("1,2,3,4,5\nok".utf8), of: 2, limits: Self.limits(fields: 3))
        #expect(rows == ["1 1|2|3 !too-many-fields", "2 ok"])
    }

    @Test func `loses no more than a record's length behind a quote that is never closed`() {
        let text = "a,\"b\n" + String(repeating: "c,d\n", count: 50) + "last,row\n"
        let rows = Self.read(Array(text.utf8), of: 7, limits: Self.limits(row: 20))
        #expect(rows.first?.hasSuffix("!row-too-long") == true)
        #expect(rows.last?.hasSuffix("last|row") == true)
        #expect(rows.count > 40)
    }

    @Test(arguments: [UInt64(21), 22, 23])
    func `gives back what was written`(_ seed: UInt64) {
        var dice = Dice(seed: seed)
        let alphabet = [
            "a", "b,", "\"", "\n", "\r", "\r\n", ";", " ", "é", "=1", "'", "-", "@", "\t", "", "long text ",
        ]
        for _ in 0..<500 {
            let cells = (0..<(1 + dice.below(5))).map { _ in
                (0..<dice.below(5)).map { _ in dice.pick(alphabet) }.joined()
            }
            guard cells.count > 1 || !cells[0].isEmpty else { continue }
            var bytes: [UInt8] = []
            CSVWriter.write(cells, to: &bytes)
            var reader = CSVReader()
            for piece in Chunks(bytes, of: 1 + dice.below(7)).pieces { reader.push(piece) }
            reader.finish()
            var row = CSVRow()
            let hasRow = reader.next(&row)
            #expect(hasRow)
            let read = (0..<row.count).map { CSVWriter.unguarded(String(decoding: row[$0], as: UTF8.self)) }
            #expect(read == cells && row.fault == nil, "seed \(seed)")
        }
    }
}
