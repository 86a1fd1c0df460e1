import Safeguarding

/// The query of a request, read strictly: unknown, repeated and malformed parameters are named all at once.
///
/// A filter that is misspelt must not widen what is shown.
struct QueryReader {
    private var values: [String: String] = [:]
    private(set) var faults: [Fault] = []

    /// Longer queries ask for nothing that we have.
    private static let bytes = 4_096

    init(_ query: String?, known: [String]) {
        guard let query, !query.isEmpty else { return }
        guard query.utf8.count <= QueryReader.bytes else {
            refuse("", "the query is too long", accepted: "at most \(QueryReader.bytes) bytes")
            return
        }
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard known.contains(name) else {
                let near = NearestName.of(name, among: known).map { "\($0)?" }
                refuse(name, "is no parameter here", accepted: near ?? known.joined(separator: ", "))
                continue
            }
            guard let value = QueryReader.decoded(parts.count == 2 ? parts[1] : "") else {
                refuse(name, "is no UTF-8 in percent-encoding")
                continue
            }
            guard !value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
                refuse(name, "has control characters")
                continue
            }
            guard values.updateValue(value, forKey: name) == nil else {
                refuse(name, "is given more than once", accepted: "each parameter once")
                continue
            }
        }
    }

    /// The first of the faults as a refusal with all of them.
    func check() throws(Problem) {
        guard faults.isEmpty else { throw Problem(faults) }
    }

    mutating func text(_ name: String, longest: Int = 128) -> String? {
        guard let value = values[name] else { return nil }
        guard (1...longest).contains(value.unicodeScalars.count) else {
            refuse(name, "is empty or too long", accepted: "1-\(longest) characters")
            return nil
        }
        return value
    }

    /// An RFC 3339 time, or a date, which begins at midnight in London.
    mutating func moment(_ name: String) -> Moment? {
        guard let value = values[name] else { return nil }
        if let moment = Moment(rfc3339: value) { return moment }
        if let date = CivilDate(value) { return London.midnight(date) }
        refuse(name, "is no time", accepted: "2026-11-22T05:54:36Z or 2026-11-22")
        return nil
    }

    mutating func choice<Value: RawRepresentable & CaseIterable>(_ name: String) -> Value?
    where Value.RawValue == String {
        guard let value = values[name] else { return nil }
        if let found = Value(rawValue: value) { return found }
        refuse(name, "is not on the list", accepted: Value.allCases.map(\.rawValue).joined(separator: ", "))
        return nil
    }

    mutating func integer(_ name: String, _ range: ClosedRange<Int>) -> Int? {
        guard let value = values[name] else { return nil }
        if let number = value.asciiNumber, range.contains(number) { return number }
        refuse(name, "is no number in the range", accepted: "\(range.lowerBound)-\(range.upperBound)")
        return nil
    }

    mutating func flag(_ name: String) -> Bool {
        switch values[name] {
        case nil, "false": return false
        case "true": return true
        default:
            refuse(name, "is neither", accepted: "true, false")
            return false
        }
    }

    mutating func refuse(_ field: String, _ message: String, accepted: String? = nil) {
        faults.append(Fault(field: field, reason: .badQuery, message: message, accepted: accepted))
    }

    private static func decoded(_ text: Substring) -> String? {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexadecimal), let low = rest.popFirst().flatMap(hexadecimal) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }
}
