import Safeguarding

/// One line of a file of conformance vectors: evidence, a moment and what must come out (the file's README).
struct VectorCase {
    var name: String
    var now: Moment
    var evidence: Evidence
    /// Severities and flags as the line has them; they override any template.
    var signs: [SignDefinition]
    /// Codes of the line's controls, all of which count as listed for the category.
    var controls: Set<String>
    var expect: JSONValue

    /// Why a line cannot be read.
    struct Unreadable: Error {
        var path: String
    }

    /// The category under which a line is assessed; any would do, since the line says what is listed.
    static let category = LocationCategory.area

    init(_ line: JSONValue) throws(Unreadable) {
        var names = VectorNames()
        name = try line.need("name", \.string)
        now = try line.moment("now")
        var items: [RecordedItem] = []
        var signs: [String: SignDefinition] = [:]
        // Report ids sort as their texts do, since the smaller one wins a tie.
        let lines = try line.need("items", \.array)
        for report in Set(lines.compactMap { $0["report"]?.string }).sorted() { _ = names.report(report) }
        for item in lines {
            let sign = try VectorCase.sign(item)
            signs[sign.code] = sign
            items.append(try VectorCase.item(item, &names))
        }
        evidence = Evidence(
            category: VectorCase.category,
            items: items,
            controls: try VectorCase.each(line, "controls", VectorCase.control),
            reviews: try VectorCase.each(line, "reviews", VectorCase.review),
            inspections: try VectorCase.each(line, "inspections", VectorCase.inspection)
        )
        self.signs = signs.values.sorted { $0.code < $1.code }
        controls = Set(evidence.controls.map(\.code))
        expect = try line.need("expect") { $0 }
    }

    private static func each<Value>(
        _ line: JSONValue,
        _ key: String,
        _ read: (JSONValue) throws(Unreadable) -> Value
    ) throws(Unreadable) -> [Value] {
        var values: [Value] = []
        for entry in try line.need(key, \.array) { values.append(try read(entry)) }
        return values
    }

    private static func sign(_ item: JSONValue) throws(Unreadable) -> SignDefinition {
        let code = try item.need("sign", \.string)
        return SignDefinition(
            code: code,
            label: code,
            severity: Int(try item.need("severity", \.integer)),
            isStructural: try item.need("structural", \.bool),
            isProtective: try item.need("protective", \.bool),
            isRestricted: false,
            categories: [category],
            reporters: []
        )
    }

    private static func item(_ item: JSONValue, _ names: inout VectorNames) throws(Unreadable) -> RecordedItem {
        let source = SourceGrade(rawValue: Int(try item.need("source", \.integer)))
        let information = InformationGrade(rawValue: try item.need("info", \.string))
        let attribution = Attribution(rawValue: try item.need("attribution", \.string))
        guard let source, let information, let attribution else { throw Unreadable(path: "items") }
        let originator = item["originator"]?.string.map { names.originator($0) }
        return RecordedItem(
            version: 0,
            report: names.report(try item.need("report", \.string)),
            sign: try item.need("sign", \.string),
            grade: Grade(source: source, information: information),
            attribution: attribution,
            observed: try item.moment("observed"),
            received: try item.moment("received"),
            agency: try item.need("agency", \.string),
            agencyKind: .community,
            originator: originator,
            selfReport: try item.need("selfReport", \.bool),
            happeningNow: try item.need("happeningNow", \.bool)
        )
    }

    private static func control(_ entry: JSONValue) throws(Unreadable) -> Control {
        guard let state = ControlState(rawValue: try entry.need("state", \.string)) else {
            throw Unreadable(path: "controls")
        }
        let verified = entry["verified"]?.integer.map { Moment(seconds: $0) }
        let at = verified ?? Moment(seconds: 0)
        return Control(
            code: try entry.need("control", \.string),
            state: state,
            verified: verified,
            at: at,
            recorded: at
        )
    }

    private static func review(_ entry: JSONValue) throws(Unreadable) -> Review {
        let at = try entry.moment("at")
        return Review(at: at, recorded: at, closes: try entry.need("closes", \.bool))
    }

    private static func inspection(_ entry: JSONValue) throws(Unreadable) -> Inspection {
        let at = try entry.moment("at")
        return Inspection(sign: try entry.need("sign", \.string), at: at, recorded: at)
    }
}

/// Ids for the names that a line gives to reports and originators.
private struct VectorNames {
    private var reports: [String: UInt64] = [:]
    private var originators: [String: UInt64] = [:]

    mutating func report(_ name: String) -> ReportID {
        let next = UInt64(reports.count)
        let number = reports[name, default: next]
        reports[name] = number
        return ReportID(UniqueID(high: 0, low: number))
    }

    mutating func originator(_ name: String) -> OriginatorHash {
        let next = UInt64(originators.count)
        let number = originators[name, default: next]
        originators[name] = number
        return OriginatorHash(number, 0, 0, 0)
    }
}

extension JSONValue {
    /// The member `key` as `read` takes it; a line without it cannot be read.
    fileprivate func need<Value>(
        _ key: String,
        _ read: (JSONValue) -> Value?
    ) throws(VectorCase.Unreadable) -> Value {
        guard let member = self[key], let value = read(member) else { throw VectorCase.Unreadable(path: key) }
        return value
    }

    fileprivate func moment(_ key: String) throws(VectorCase.Unreadable) -> Moment {
        Moment(seconds: try need(key, \.integer))
    }
}
