import Safeguarding

/// The signs of a report: 1 to 12 codes of the template's catalogue, none twice.
enum SignList {
    static func read(
        _ fields: FieldReader,
        rules: IntakeRules,
        alsoKnown: Set<String>,
        faults: inout FaultList
    ) -> [String]? {
        let accepted = "1 to \(ReportLimits.signs) codes of the catalogue"
        guard let value = fields.value("signs") else {
            fields.missing("signs", accepted: accepted, &faults)
            return nil
        }
        guard case .array(let elements) = value else {
            fields.wrongType("signs", value, "a list of codes", &faults)
            return nil
        }
        guard !elements.isEmpty else {
            faults.add(.noSigns, at: "signs", "names no sign", accepted: accepted)
            return nil
        }
        guard elements.count <= ReportLimits.signs else {
            faults.add(.tooManySigns, at: "signs", "names too many signs", accepted: accepted)
            return nil
        }
        var signs: [String] = []
        for (index, element) in elements.enumerated() {
            let path = "signs[\(index)]"
            guard case .string(let code) = element else {
                faults.add(.wrongType, at: path, "\(element.kind.rawValue) instead of a code", accepted: "a string")
                continue
            }
            if signs.contains(code) {
                faults.add(.duplicateSign, at: path, "is named twice", accepted: "each sign once")
            } else if rules.signs[code] == nil, !alsoKnown.contains(code) {
                let near = NearestName.of(code, among: rules.signs.keys.sorted()).map { "\($0)?" }
                faults.add(.unknownSign, at: path, "is no sign of the catalogue", accepted: near ?? accepted)
            }
            signs.append(code)
        }
        return signs
    }
}
