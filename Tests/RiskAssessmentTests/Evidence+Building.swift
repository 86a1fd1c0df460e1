import RiskAssessment
import Safeguarding

/// The moment of every test here: Monday 21 September 2026, 15:13:20 in London.
let now = Moment(seconds: 1_790_000_000)

extension RecordedItem {
    /// An item with the grade in short, observed some seconds ago and received at once.
    static func seen(
        _ sign: String,
        _ grade: String = "1A",
        ago seconds: Int64 = 10 * Moment.day,
        report: UInt64 = 1,
        agency: String = "licensing",
        originator: UInt64? = nil,
        attribution: Attribution = .inside,
        receivedAgo: Int64? = nil,
        selfReport: Bool = false,
        happeningNow: Bool = false,
        compartment: Compartment = .openPartner,
        isBackFile: Bool = false,
        kind: AgencyKind = .licensing,
        considered: Bool = false
    ) -> RecordedItem {
        RecordedItem(
            version: Int64(report),
            report: ReportID(UniqueID(high: 0, low: report)),
            sign: sign,
            grade: Grade(grade) ?? Grade(source: .notReliable, information: .e),
            attribution: attribution,
            observed: now - seconds,
            received: now - (receivedAgo ?? min(seconds, max(0, seconds - 60))),
            agency: agency,
            agencyKind: kind,
            originator: originator.map { OriginatorHash($0, 0, 0, 0) },
            selfReport: selfReport,
            happeningNow: happeningNow,
            compartment: compartment,
            isBackFile: isBackFile,
            consideredOpen: considered,
            consideredFull: considered
        )
    }
}

extension Evidence {
    init(_ items: RecordedItem..., at category: LocationCategory = .takeaway) {
        self.init(category: category, items: items)
    }

    func with(controls: [Control] = [], reviews: [Review] = [], inspections: [Inspection] = []) -> Evidence {
        var other = self
        other.controls += controls
        other.reviews += reviews
        other.inspections += inspections
        return other
    }

    func adding(_ item: RecordedItem) -> Evidence {
        var other = self
        other.items.append(item)
        return other
    }
}

extension Control {
    static func of(_ code: String, _ state: ControlState, ago seconds: Int64 = 0) -> Control {
        let at = now - seconds
        return Control(code: code, state: state, verified: state == .verified ? at : nil, at: at, recorded: at)
    }
}

extension Review {
    static func at(ago seconds: Int64, closes: Bool = false, recordedAgo: Int64? = nil, view: View = .full) -> Review {
        Review(at: now - seconds, recorded: now - (recordedAgo ?? seconds), closes: closes, view: view)
    }
}
