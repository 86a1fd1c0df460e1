import RiskAssessment
import Safeguarding

/// Decides about evidence the way the assessor does: assess, take the items without a considered mark as new, decide.
struct Situation {
    var template: Template
    var evidence: Evidence
    var published = PublishedState.never
    var view = View.full
    var mode = DecisionMode.live
    var judgements: [Judgement] = []
    var withdrew = false
    var open: Set<AlertCause> = []
    /// As urgent as the alert about the risk is while it is open.
    var urgency = Urgency.normal
    var at = now
    var workingTime = WorkingTime()
    var nextMeeting: Moment?

    init(_ template: Template, _ items: RecordedItem...) {
        self.template = template
        evidence = Evidence(category: .takeaway, items: items)
    }

    var context: AssessmentContext { AssessmentContext(now: at, workingTime: workingTime, nextMeeting: nextMeeting) }

    var assessment: Assessment? { template.assess(evidence, at: at) }

    func decide() -> Decision {
        let new = evidence.items.filter { $0.isNew(in: view) }
        var before = evidence
        before.items.removeAll { $0.isNew(in: view) }
        return template.decide(
            DecisionInput(
                view: view,
                mode: mode,
                published: published,
                assessment: assessment,
                bandWithoutNewItems: template.assess(before, at: at)?.band,
                judgements: judgements,
                newItems: new,
                heldItems: before.items.filter { $0.isHeld(in: view) },
                withdrew: withdrew,
                reviews: evidence.reviews,
                openAlerts: Dictionary(uniqueKeysWithValues: open.map { ($0, $0 == .risk ? urgency : .normal) })
            ),
            in: context
        )
    }

    /// The situation after a decision was stored: everything considered, its alerts open or closed, some time later.
    func after(_ decision: Decision, later seconds: Int64 = 0) -> Situation {
        var next = self
        next.published = decision.published
        next.at = at + seconds
        next.withdrew = false
        next.mode = .live
        for index in next.evidence.items.indices {
            next.evidence.items[index].consideredFull = true
            next.evidence.items[index].consideredOpen = true
            let isHeld = decision.held.contains(next.evidence.items[index].version)
            next.evidence.items[index].heldFull = isHeld
            next.evidence.items[index].heldOpen = isHeld
        }
        for publication in decision.publications {
            if publication.closes {
                next.open.remove(publication.cause)
            } else {
                if publication.cause == .risk {
                    next.urgency = publication.standing(continuing: next.open.contains(.risk) ? next.urgency : nil)
                }
                next.open.insert(publication.cause)
            }
        }
        return next
    }

    func adding(_ items: RecordedItem...) -> Situation {
        var next = self
        next.evidence.items += items
        return next
    }

    func with(_ change: (inout Situation) -> Void) -> Situation {
        var next = self
        change(&next)
        return next
    }
}

extension PublishedState {
    /// A place published at a band ten days ago.
    static func at(_ band: Band, hasSeverityFour: Bool = true, reviewDue: Moment? = now + 20 * Moment.day)
        -> PublishedState
    {
        PublishedState(
            band: band,
            hasSeverityFour: hasSeverityFour,
            at: now - 10 * Moment.day,
            reviewDue: reviewDue,
            announced: band
        )
    }
}

extension Decision {
    var types: [EventType] { publications.map(\.type) }
}
