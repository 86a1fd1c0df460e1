package import Safeguarding

extension Template {
    /// The least moment after `now` at which the score may change without new input (scoring.md section 9); nil for never.
    ///
    /// Also where nothing is assessed yet: items received and not yet reached make the due row.
    package func nextChange(of evidence: Evidence, after now: Moment) -> Moment? {
        var next = Int64.max
        for index in evidence.items.indices where evidence.items[index].received <= now {
            let observed = evidence.items[index].observed.seconds
            let age = now.seconds - observed
            if age < 0 {
                next = min(next, observed)
            } else if let span = tables.ages.first(where: { $0 > age }) {
                next = min(next, observed + span)
            }
        }
        let verifiedSpan = Int64(controls.verifiedDays) * Moment.day
        for control in evidence.controls where control.state == .verified {
            guard control.at <= now, control.recorded <= now, let verified = control.verified else { continue }
            let lapses = verified.seconds + verifiedSpan
            if lapses > now.seconds { next = min(next, lapses) }
        }
        return next == .max ? nil : Moment(seconds: next)
    }
}
