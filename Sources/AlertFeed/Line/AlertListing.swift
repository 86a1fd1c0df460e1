package import NIOCore
package import Safeguarding

/// The lines of one LIST reply, encoded and counted; what did not fit is asked for with `LIST AFTER`.
package struct AlertListing: Sendable, Hashable {
    /// ALERT lines, each with its LF.
    package private(set) var lines = ByteBuffer()
    package private(set) var count = 0
    private var last: AlertID?
    private var isComplete = true

    /// Takes alerts in their order while lines and bytes allow.
    /// - Parameter alerts: up to `lineLimit` of them; one more says that there is a next page.
    package init(_ alerts: [OpenAlertLine], lineLimit: Int, byteLimit: Int) {
        for alert in alerts {
            let line = AlertListing.encode(alert.event)
            guard count < lineLimit, lines.readableBytes + line.readableBytes <= byteLimit else {
                isComplete = false
                return
            }
            lines.writeImmutableBuffer(line)
            count += 1
            last = alert.event.alert
        }
    }

    /// `lines=n`, and `more=<alert>` where the list goes on behind that alert.
    var fields: [LineField] {
        let counted = [LineField("lines", count)]
        guard !isComplete, let last else { return counted }
        return counted + [LineField("more", last.text)]
    }

    /// `ALERT <alert> <rev> <type> <urgency> <time> <seq> {json}`.
    static func encode(_ event: LoggedEvent) -> ByteBuffer {
        EventBody.line(
            [
                "ALERT", event.alert.text, String(event.rev), event.type.rawValue, event.urgency.rawValue,
                event.at.rfc3339, String(event.seq),
            ],
            event
        )
    }
}
