package import NIOCore
package import Safeguarding

/// The lines of one LIST reply, encoded and counted; what did not fit is asked for with `LIST AFTER`.
package struct AlertListing: Sendable, Hashable {
    /// ALERT lines.
    private let counted: CountedLines
    /// The last alert that fitted, where others did not.
    private let more: AlertID?

    /// Takes alerts in their order while lines and bytes allow.
    /// - Parameter alerts: up to `lineLimit` of them; one more says that there is a next page.
    package init(_ alerts: [OpenAlertLine], lineLimit: Int, byteLimit: Int) {
        counted = CountedLines(alerts, lineLimit: lineLimit, byteLimit: byteLimit) { AlertListing.encode($0.event) }
        more = counted.count < alerts.count ? alerts.prefix(counted.count).last?.event.alert : nil
    }

    package var lines: ByteBuffer { counted.lines }
    package var count: Int { counted.count }

    /// `lines=n`, and `more=<alert>` where the list goes on behind that alert.
    var fields: [LineField] {
        [LineField("lines", count)] + (more.map { [LineField("more", $0.text)] } ?? [])
    }

    /// `ALERT <alert> <rev> <type> <urgency> <time> <seq> {json}`.
    static func encode(_ event: LoggedEvent) -> ByteBuffer { EventBody.line(words(event), event) }

    /// Whether its line has the short form.
    static func isShort(_ event: LoggedEvent) -> Bool { !EventBody.fits(event, EventBody.room(behind: words(event))) }

    private static func words(_ event: LoggedEvent) -> [String] {
        [
            "ALERT", event.alert.text, String(event.rev), event.type.rawValue, event.urgency.rawValue,
            event.at.rfc3339, String(event.seq),
        ]
    }
}
