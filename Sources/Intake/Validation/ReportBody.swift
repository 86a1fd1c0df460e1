import Safeguarding

/// Reads the JSON of a report or correction, with faults named as interfaces.md names them.
enum ReportBody {
    private static let limits = JSONReader.Limits(depth: ReportLimits.depth, values: ReportLimits.values)

    /// The object; repeated keys are collected with the other faults, anything else that is not JSON ends here.
    static func read(_ body: [UInt8], faults: inout FaultList) throws(InvalidReport) -> JSONValue {
        guard body.count <= ReportLimits.bodyBytes else {
            throw InvalidReport(.tooLarge, message: "is too large", accepted: "at most \(ReportLimits.bodyBytes) bytes")
        }
        var repeated: [JSONReadError] = []
        let value: JSONValue
        do { value = try JSONReader.read(bytes: body, limits: limits, repeatedKeys: &repeated) } catch {
            throw invalid(error)
        }
        for key in repeated {
            faults.add(.duplicateField, at: key.path, "is given more than once", accepted: "each field once")
        }
        return value
    }

    private static func invalid(_ error: JSONReadError) -> InvalidReport {
        let place = "at byte \(error.offset)"
        switch error.code {
        case .badUnicode:
            return InvalidReport(
                .badUnicode,
                field: error.path,
                message: "is no Unicode text, \(place)",
                accepted: "UTF-8, surrogates in pairs"
            )
        case .tooDeep:
            return InvalidReport(
                .tooDeep,
                message: "is nested too deep, \(place)",
                accepted: "\(ReportLimits.depth) levels"
            )
        case .tooManyValues:
            return InvalidReport(
                .tooLarge,
                message: "holds too many values",
                accepted: "at most \(ReportLimits.values)"
            )
        case .numberTooLong:
            return InvalidReport(.outOfRange, field: error.path, message: "is too long a number, \(place)")
        case .duplicateField:
            return InvalidReport(.duplicateField, field: error.path, message: "is given more than once")
        case .controlCharacter:
            return InvalidReport(
                .badJSON,
                field: error.path,
                message: "holds a control character that is not escaped, \(place)",
                accepted: "\\u0000 to \\u001f"
            )
        case .empty, .unexpectedEnd, .unexpectedCharacter, .trailingContent, .badNumber, .badEscape:
            return InvalidReport(
                .badJSON,
                message: "is no JSON: \(error.code.rawValue) \(place)",
                accepted: "one JSON object"
            )
        }
    }
}
