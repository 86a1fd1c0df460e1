/// One record of a CSV file: its fields as bytes, quotes resolved, and what was wrong with it.
///
/// All fields lie in one buffer that is used again for the next record.
package struct CSVRow: Sendable {
    /// What is wrong with the shape of a record; its fields are what could be made of it.
    package enum Fault: String, Error, Sendable, CaseIterable {
        /// A quote inside an unquoted field, or anything but a separator behind a closing one.
        case strayQuote = "stray-quote"
        /// The file ends inside a quoted field.
        case unterminatedQuote = "unterminated-quote"
        case fieldTooLong = "field-too-long"
        case tooManyFields = "too-many-fields"
        case rowTooLong = "row-too-long"
    }

    /// Counted from 1, the header included, as a spreadsheet shows it.
    package internal(set) var number = 0
    package internal(set) var fault: Fault?
    private(set) var bytes: [UInt8] = []
    /// Where each field ends in `bytes`.
    private(set) var ends: [Int] = []

    package init() {}

    /// Number of fields.
    package var count: Int { ends.count }

    /// The bytes of a field; empty behind the last one.
    package subscript(index: Int) -> ArraySlice<UInt8> {
        guard index < ends.count else { return [] }
        return bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// The text of a field, nil where it is not UTF-8.
    package func text(_ index: Int) -> String? { String(validating: self[index], as: UTF8.self) }

    /// A line with nothing on it.
    var isBlank: Bool { bytes.isEmpty && ends.count <= 1 && fault == nil }

    // MARK: Building

    /// Bytes of the field that is being read.
    var openFieldCount: Int { bytes.count - (ends.last ?? 0) }
    var byteCount: Int { bytes.count }

    mutating func append(_ part: ArraySlice<UInt8>) { bytes += part }
    mutating func append(_ byte: UInt8) { bytes.append(byte) }
    mutating func endField() { ends.append(bytes.count) }

    /// Keeps the first fault: the others follow from it.
    mutating func fail(_ fault: Fault) { if self.fault == nil { self.fault = fault } }

    mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        fault = nil
    }
}
