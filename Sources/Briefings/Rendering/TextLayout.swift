/// Lines for a terminal or a printer of 78 columns.
///
/// Width is counted in characters; the few wide ones that names may hold put a column out, and nothing worse.
struct TextLayout {
    /// Fits the narrowest terminal in use, with a margin.
    static let width = 78

    private(set) var text = ""

    mutating func line(_ content: String = "") {
        text += content
        text += "\n"
    }

    /// A heading with its rule.
    mutating func heading(_ content: String, underline: Character) {
        line(content)
        line(String(repeating: underline, count: min(content.count, TextLayout.width)))
    }

    /// A line in the middle.
    mutating func centred(_ content: String) {
        line(String(repeating: " ", count: max(0, (TextLayout.width - content.count) / 2)) + content)
    }

    /// A paragraph broken at spaces; `first` stands before the first line, the others are indented by as much.
    mutating func paragraph(_ content: String, first: String = "", indent: Int = 0) {
        let margin = String(repeating: " ", count: indent)
        let hanging = String(repeating: " ", count: first.count)
        var current = margin + first
        var isEmpty = true
        for word in content.split(separator: " ") {
            if !isEmpty, current.count + 1 + word.count > TextLayout.width {
                line(current)
                current = margin + hanging
                isEmpty = true
            }
            if !isEmpty { current += " " }
            current += word
            isEmpty = false
        }
        line(current)
    }

    /// A table; each column is as wide as its widest cell, the widest one gives way until the table fits.
    mutating func table(_ header: [String], _ rows: [[String]]) {
        var widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        while widths.reduce(0, +) + 2 * (widths.count - 1) > TextLayout.width,
            let widest = widths.indices.max(by: { widths[$0] < widths[$1] }), widths[widest] > TextLayout.narrowest
        {
            widths[widest] -= 1
        }
        line(TextLayout.row(header, widths))
        line(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "))
        for row in rows { line(TextLayout.row(row, widths)) }
    }

    /// No column is cut below this, whatever becomes of the width.
    private static let narrowest = 6

    private static func row(_ cells: [String], _ widths: [Int]) -> String {
        let padded = zip(cells, widths).map { cell, width in
            cell.count <= width
                ? cell + String(repeating: " ", count: width - cell.count) : cell.prefix(max(0, width - 1)) + "…"
        }
        var line = padded.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }
}
