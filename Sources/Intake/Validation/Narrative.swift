import Safeguarding

/// The reporter's words, kept byte for byte: no normalisation, control characters included.
enum Narrative {
    static func read(_ fields: FieldReader, faults: inout FaultList) -> [UInt8]? {
        guard let value = fields.value("narrative") else { return nil }
        guard case .string(let text) = value else {
            fields.wrongType("narrative", value, "a string", &faults)
            return nil
        }
        let bytes = Array(text.utf8)
        guard bytes.count <= ReportLimits.narrativeBytes, text.unicodeScalars.count <= ReportLimits.narrativeScalars
        else {
            faults.add(
                .narrativeTooLong,
                at: "narrative",
                "is too long",
                accepted: "at most \(ReportLimits.narrativeScalars) characters and \(ReportLimits.narrativeBytes) bytes"
            )
            return nil
        }
        return bytes
    }
}
