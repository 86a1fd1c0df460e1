package import Safeguarding

/// What is wrong with one row: row, column, class of the value and reason, never the value (interfaces.md).
package struct RowFault: Sendable, Hashable {
    /// What a value looks like, which helps to find the mistake without repeating what somebody wrote.
    package enum ValueClass: String, Sendable, CaseIterable {
        case empty, number, date, text, binary

        init(_ bytes: ArraySlice<UInt8>) {
            guard !bytes.isEmpty else {
                self = .empty
                return
            }
            guard let text = String(validating: bytes, as: UTF8.self) else {
                self = .binary
                return
            }
            guard Double(text) == nil else {
                self = .number
                return
            }
            var digits = 0
            var separators = 0
            var others = 0
            for byte in bytes {
                switch byte {
                case 48...57: digits += 1
                case UInt8(ascii: "-"), UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: " "), UInt8(ascii: "."),
                    UInt8(ascii: "T"), UInt8(ascii: "Z"), UInt8(ascii: "+"):
                    separators += 1
                default: others += 1
                }
            }
            if others > 0 || digits == 0 {
                self = .text
            } else {
                self = separators >= 2 ? .date : .number
            }
        }
    }

    /// Counted from 1, the header included, as a spreadsheet shows it.
    package var row: Int
    /// Name of the column; nil where the fault is the row's, or of a constant of the mapping.
    package var column: String?
    package var valueClass: ValueClass?
    package var reason: RefusalReason
    package var message: String
    package var accepted: String?

    package init(
        row: Int,
        column: String? = nil,
        valueClass: ValueClass? = nil,
        reason: RefusalReason,
        message: String,
        accepted: String? = nil
    ) {
        self.row = row
        self.column = column
        self.valueClass = valueClass
        self.reason = reason
        self.message = message
        self.accepted = accepted
    }

    /// One line for a person: `Month (text): bad-time, is no time ... ; accepted: ...`.
    package var text: String {
        let place = column.map { $0 + (valueClass.map { " (\($0.rawValue))" } ?? "") + ": " } ?? ""
        return place + reason.rawValue + ", " + message + (accepted.map { "; accepted: " + $0 } ?? "")
    }
}
