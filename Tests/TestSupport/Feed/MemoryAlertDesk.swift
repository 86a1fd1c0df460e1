package import Safeguarding
import Synchronization

/// Coordinators' acts on the alerts of a log in memory: the double for tests of the feed, held to the same conformance suite
/// as the real desk.
package final class MemoryAlertDesk: AlertDesk {
    private struct Key: Hashable {
        var subject: String
        var actionID: String
    }

    private struct Recorded {
        var act: AlertAct
        var view: View
        var receipt: AlertActReceipt
        var shown: RecordedAct
    }

    private struct State {
        var acts: [Recorded] = []
        var byKey: [Key: Int] = [:]
        var cares: [AlertID: AlertCare] = [:]
    }

    private let log: MemoryAlertLog
    private let state = Mutex(State())

    package init(_ log: MemoryAlertLog) { self.log = log }

    package func act(_ act: AlertAct, by principal: Principal) async throws -> AlertActReceipt {
        guard principal.view == .full || !act.kind.needsClearance else { throw AlertActRefusal.notCleared }
        let revisions = try log.revisions(of: act.alert, for: principal)
        guard let last = revisions.last else { throw AlertActRefusal.unknownAlert }
        let isOpen = try log.isOpen(act.alert, in: principal.view)
        let key = Key(subject: principal.subject, actionID: act.actionID)
        return try state.withLock { state in
            if let known = state.byKey[key].map({ state.acts[$0] }) {
                var same = known.act
                same.decidedFrom = act.decidedFrom
                guard same == act else { throw AlertActRefusal.actionReused }
                return known.receipt
            }
            guard !act.lacksWords else { throw AlertActRefusal.textRequired }
            guard isOpen else { throw AlertActRefusal.alertClosed }
            let standing = AlertStanding(urgency: last.event.urgency, care: state.cares[act.alert] ?? .none)
            let context = AssessmentContext(now: log.now, workingTime: WorkingTime(), nextMeeting: nil)
            let care = try Self.care(of: standing, after: act.kind, by: principal.subject, in: context)
            let own =
                state.acts.last { $0.act.alert == act.alert && $0.shown.by == principal.subject }?.receipt.rev ?? 1
            let news = AlertNews(
                last: last.event.rev,
                news: revisions.last { $0.event.type.isNews }?.event.rev,
                urgency: last.event.urgency,
                urgencyThen: revisions.first { $0.event.rev == own }?.event.urgency ?? .low
            )
            try news.check(act)
            state.cares[act.alert] = care
            var facts = last.facts
            facts.type = act.kind.eventType
            let event = log.publish(
                act.alert,
                in: principal.view,
                facts: facts,
                body: (care ?? .none).written(into: act.kind.body(after: last.event.body)),
                closes: care == nil
            )
            let receipt = AlertActReceipt(rev: event.rev, until: act.kind == .claim ? care?.claim?.until : nil)
            let shown = RecordedAct(
                at: event.at,
                kind: act.kind,
                by: principal.subject,
                actionID: act.actionID,
                text: act.text,
                rev: event.rev
            )
            state.byKey[key] = state.acts.count
            state.acts.append(Recorded(act: act, view: principal.view, receipt: receipt, shown: shown))
            return receipt
        }
    }

    package func history(of alert: AlertID, for principal: Principal) async throws -> AlertHistory? {
        let revisions = try log.revisions(of: alert, for: principal).map(\.event)
        guard let last = revisions.last else { return nil }
        let acts = state.withLock { state in
            state.acts.filter { $0.act.alert == alert && $0.view == principal.view }.map(\.shown)
        }
        return AlertHistory(
            isOpen: try log.isOpen(alert, in: principal.view),
            standing: last,
            events: revisions.suffix(AlertHistory.limit),
            acts: acts.suffix(AlertHistory.limit),
            isShortened: max(revisions.count, acts.count) > AlertHistory.limit
        )
    }

    /// Rules that are easy to reckon with: a claim lasts an hour, and nothing escalates.
    package static func care(
        of alert: AlertStanding,
        after act: AlertActKind,
        by subject: String,
        in context: AssessmentContext
    ) throws -> AlertCare? {
        if act != .note, let claim = alert.care.claim, claim.by != subject {
            throw AlertActRefusal.alreadyClaimed(until: claim.until)
        }
        switch act {
        case .note: return alert.care
        case .claim: return AlertCare(claim: AlertClaim(by: subject, until: context.now + Moment.hour))
        case .release:
            guard alert.care.claim != nil else { throw AlertActRefusal.notClaimed }
            return AlertCare.none
        case .resolve: return nil
        }
    }
}
