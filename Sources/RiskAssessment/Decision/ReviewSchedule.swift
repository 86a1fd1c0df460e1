import Safeguarding

/// When the next review of a place falls due (scoring.md section 10 "Review due").
///
/// Counted from the publication of the band, or from the last review where that is later. A publication that leaves the
/// band as it was, and a rise, move no pending review further away: otherwise a busy place would never be reviewed. A due
/// moment that was announced, and whose alert has ended without a review, is over: the period begins again, since whoever
/// resolved it has answered for this time and nobody has reviewed the place.
struct ReviewSchedule {
    let rules: ReviewRules
    let context: AssessmentContext
    let before: PublishedState
    /// Of the review, after what has been published by now.
    let isAlertOpen: Bool

    /// - Parameters:
    ///   - band: the band published now.
    ///   - published: when that was.
    ///   - settled: the review that settled something since the last decision.
    ///   - isBroughtForward: a new item of the severity that asks for a sooner review has come.
    func due(of band: Band?, published: Moment?, settled: Review?, isBroughtForward: Bool) -> Moment? {
        guard let band else { return nil }
        var due = scheduled(band, published, settled)
        if isBroughtForward {
            let sooner = rules.newSeverityPeriod.end(from: context.now, context)
            due = due.map { isSpent($0) ? sooner : min($0, sooner) } ?? sooner
        }
        return due
    }

    private func scheduled(_ band: Band, _ published: Moment?, _ settled: Review?) -> Moment? {
        let period = rules.period(of: band)
        if let settled {
            return period.end(from: max(published ?? settled.recorded, settled.recorded), context)
        }
        switch BandMovement(from: before.band, to: band) {
        case .down, .settled: return period.end(from: context.now, context)
        case .known, .raised, .rising, .becameUnrated:
            let fresh = period.end(from: context.now, context)
            return pending.map { min($0, fresh) } ?? fresh
        case .none: return standing(period)
        }
    }

    /// The due moment before, unless it has passed and was announced.
    private var pending: Moment? { before.reviewDue == before.overdueAnnounced ? nil : before.reviewDue }

    /// As before; a meeting put in before the due moment brings the review forward, and one that is spent begins anew.
    private func standing(_ period: ReviewRules.Period) -> Moment? {
        guard let due = before.reviewDue else { return nil }
        if isSpent(due) { return period.end(from: context.now, context) }
        guard period.orNextMeeting, due > context.now, let meeting = context.nextMeeting, meeting > context.now else {
            return due
        }
        return min(due, meeting)
    }

    /// Whether it was announced, and the alert that told of it has ended without a review.
    private func isSpent(_ due: Moment) -> Bool { due == before.overdueAnnounced && !isAlertOpen }
}
