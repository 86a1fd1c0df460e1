import Safeguarding

/// When something was observed, in one of the forms of interfaces.md, with the end that is scored.
struct ObservedInterval {
    var from: Moment
    /// Exclusive; bounded by `received` in the store (design.md "Observed").
    var to: Moment
    var precision: TimePrecision?
    /// The form as sent, times in UTC.
    var canonical: JSON

    private static let accepted =
        "a time such as 2026-11-22T21:15:00+00:00, a day 2026-11-22, a month 2026-11, or {\"from\", \"to\", \"precision\"}"

    /// Reads `observed` and, beside a single time, `precision`.
    static func read(_ fields: FieldReader, faults: inout FaultList) -> ObservedInterval? {
        guard let value = fields.value("observed") else {
            fields.missing("observed", accepted: accepted, &faults)
            return nil
        }
        switch value {
        case .string(let text):
            let precision: TimePrecision? = fields.choice("precision", reason: .badTime, faults: &faults)
            guard let start = time(text, at: "observed", faults: &faults) else { return nil }
            return interval(from: start, to: nil, precision: precision, path: "observed", faults: &faults)
        case .object(let members):
            if fields.has("precision") {
                faults.add(.badTime, at: "precision", "belongs into observed", accepted: "observed.precision")
            }
            return read(inside: FieldReader(path: "observed", members: members), faults: &faults)
        default:
            fields.wrongType("observed", value, accepted, &faults)
            return nil
        }
    }

    private static func read(inside fields: FieldReader, faults: inout FaultList) -> ObservedInterval? {
        fields.refuseUnknown(among: ["from", "to", "precision"], faults: &faults)
        let precision: TimePrecision? = fields.choice("precision", reason: .badTime, faults: &faults)
        var end: Moment?
        if let value = fields.value("to") {
            guard case .string(let text) = value else {
                fields.wrongType("to", value, "a time", &faults)
                return nil
            }
            guard let moment = Moment(rfc3339: text) else {
                // A day has no single end: whether 22 November is the last day or the first one outside is not ours to guess.
                faults.add(
                    .badTime,
                    at: fields.path("to"),
                    "is no time with an offset",
                    accepted: "2026-11-22T21:15:00Z"
                )
                return nil
            }
            end = moment
        }
        guard let value = fields.value("from") else {
            fields.missing("from", accepted: accepted, &faults)
            return nil
        }
        guard case .string(let text) = value else {
            fields.wrongType("from", value, "a time", &faults)
            return nil
        }
        guard let start = time(text, at: fields.path("from"), faults: &faults) else { return nil }
        return interval(from: start, to: end, precision: precision, path: fields.path("from"), faults: &faults)
    }

    // MARK: One time

    /// A time as written: an instant, or a day or month of London's calendar.
    private enum Written {
        case instant(Moment)
        case day(CivilDate)
        case month(CivilDate)

        var begins: Moment {
            switch self {
            case .instant(let moment): moment
            case .day(let date), .month(let date): London.midnight(date)
            }
        }

        var text: String {
            switch self {
            case .instant(let moment): moment.rfc3339
            case .day(let date): date.text
            case .month(let date): String(date.text.dropLast(3))
            }
        }

        /// The precision that the form itself has.
        var implied: TimePrecision? {
            switch self {
            case .instant: nil
            case .day: .day
            case .month: .month
            }
        }
    }

    private static func time(_ text: String, at path: String, faults: inout FaultList) -> Written? {
        switch text.utf8.count {
        case 7: if let date = CivilDate(text + "-01") { return .month(date) }
        case 10: if let date = CivilDate(text) { return .day(date) }
        default: if let moment = Moment(rfc3339: text) { return .instant(moment) }
        }
        faults.add(.badTime, at: path, "is no time with an offset, no day and no month", accepted: accepted)
        return nil
    }

    // MARK: The interval

    private static func interval(
        from start: Written,
        to end: Moment?,
        precision stated: TimePrecision?,
        path: String,
        faults: inout FaultList
    ) -> ObservedInterval? {
        let from = start.begins
        if let implied = start.implied, let stated, stated.rank < implied.rank {
            faults.add(.badTime, at: path, "is less exact than the precision stated", accepted: "a time with an offset")
            return nil
        }
        guard from >= ReportLimits.earliest else {
            faults.add(.observedTooOld, at: path, "lies before 1990", accepted: "1990-01-01 or later")
            return nil
        }
        let precision = stated ?? start.implied
        let to = end ?? ObservedInterval.end(of: precision, from: from)
        guard from <= to else {
            faults.add(.observedBackwards, at: "observed", "ends before it begins", accepted: "from <= to")
            return nil
        }
        let members: [(key: String, value: JSON)?] = [
            ("from", .string(start.text)), precision.map { ("precision", .string($0.rawValue)) },
            end.map { ("to", .string($0.rfc3339)) },
        ]
        return ObservedInterval(from: from, to: to, precision: precision, canonical: .object(members.compactMap { $0 }))
    }

    /// design.md "Observed": minute + 60 s, hour + 3 600 s, day and month the next London midnight, else the instant.
    static func end(of precision: TimePrecision?, from: Moment) -> Moment {
        switch precision {
        case nil: return from
        case .minute: return from + Moment.minute
        case .hour: return from + Moment.hour
        case .day: return London.midnight(London.date(at: from).adding(days: 1))
        case .month:
            let date = London.date(at: from)
            let rest = CivilDate.days(in: date.month, of: date.year) - date.day + 1
            return London.midnight(date.adding(days: Int64(rest)))
        }
    }
}

extension TimePrecision {
    /// Finest first.
    fileprivate var rank: Int {
        switch self {
        case .minute: 0
        case .hour: 1
        case .day: 2
        case .month: 3
        }
    }
}
