/// What has come to an open alert, as far as it matters to whoever ends it.
///
/// A decision is about what was read. One that overlooked what came while it was made would end the alert and, with it,
/// everything that asks for an answer to what came.
package struct AlertNews: Sendable, Hashable {
    /// The alert's last revision.
    package var last: Int
    /// The last revision that tells of the place (`EventType.isNews`); nil where the log keeps none any more.
    package var news: Int?
    /// As urgent as the alert is.
    package var urgency: Urgency
    /// As urgent as it was when whoever decides last acted on it, at its beginning where they have not.
    package var urgencyThen: Urgency

    package init(last: Int, news: Int?, urgency: Urgency, urgencyThen: Urgency) {
        self.last = last
        self.news = news
        self.urgency = urgency
        self.urgencyThen = urgencyThen
    }

    /// Refuses a decision that overlooks it.
    ///
    /// One that names the revision it was made from overlooks every later news, and a revision that is not there is none.
    /// One that names none overlooks that the alert has become more urgent since the person's own last act on it, which
    /// voided their claim (PROTOCOL.md "Claims and escalation"), or since its beginning where they never acted.
    package func check(_ act: AlertAct) throws(AlertActRefusal) {
        guard act.kind == .resolve else { return }
        let overlooks =
            if let from = act.decidedFrom { from > last || from < news ?? 1 } else { urgencyThen < urgency }
        guard !overlooks else { throw .changed(rev: last) }
    }
}
