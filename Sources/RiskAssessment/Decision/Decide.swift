package import Safeguarding

extension Template {
    /// Decides what is published of a location in one view, and what is remembered: scoring.md section 10 in full.
    ///
    /// Pure. The same input gives the same decision, so a transaction that was rolled back may ask again. Publications come
    /// in the order in which they are to be numbered: an answered review, the event about the risk, its close, an overdue
    /// review.
    package func decide(_ input: DecisionInput, in context: AssessmentContext) -> Decision {
        var deciding = Deciding(template: self, input: input, context: context)
        deciding.answerReview()
        switch deciding.mode {
        case .live: deciding.decideRisk()
        case .backFile, .rescoring: deciding.writeBaseline()
        case .endOfRun: deciding.announceRun()
        }
        deciding.tellHeldBack()
        deciding.closeQuiet()
        deciding.closeReviewOfNothing()
        deciding.scheduleReview()
        deciding.announceOverdue()
        return deciding.decision
    }
}

/// One decision in the making.
struct Deciding {
    let template: Template
    let input: DecisionInput
    let context: AssessmentContext
    /// The effective band now.
    let band: Band?
    let movement: BandMovement
    let new: NewEvidence
    /// What was held back before.
    let heldBack: NewEvidence
    let mode: DecisionMode

    /// What will be remembered.
    var state: PublishedState
    /// Something waits to be told with what follows.
    var isHolding: Bool
    private(set) var publications: [Publication] = []
    /// The review that settled something since the last decision.
    private var settledReview: Review?

    var now: Moment { context.now }

    init(template: Template, input: DecisionInput, context: AssessmentContext) {
        self.template = template
        self.input = input
        self.context = context
        let judged = Band.judged(input.judgements, in: input.view, at: context.now)
        band = input.assessment.map { Band.effective(machine: $0.band, judged: judged) } ?? judged
        movement = BandMovement(from: input.published.band, to: band)
        new = NewEvidence(input.newItems, template)
        heldBack = NewEvidence(input.heldItems, template)
        isHolding = !input.heldItems.isEmpty
        // A timer that comes in the middle of a back-file must not announce what the back-file brought.
        let isBackFileAlone = !input.newItems.isEmpty && input.newItems.allSatisfy(\.isBackFile) && !input.withdrew
        let isJudged = BandMovement(from: input.published.band, to: judged).isUp
        // Nor what another template changes before the rescoring has come to the place: what woke it may be restricted, and the
        // open view would be told that something has happened.
        let isRescoring = input.isOutdated && input.newItems.isEmpty && !input.withdrew
        mode =
            switch input.mode {
            case .live where isBackFileAlone && !isJudged: .backFile
            case .live where isRescoring && !isJudged: .rescoring
            default: input.mode
            }
        state = input.published
    }

    var decision: Decision {
        Decision(publications: publications, published: state, held: held, wakeAt: wakeAt)
    }

    /// A review recorded since the last decision answers the `review` alert, unless the place is unrated still: then it saw
    /// less than what made it so.
    mutating func answerReview() {
        let recorded = input.reviews.filter { $0.view == input.view && $0.at <= now && $0.recorded <= now }
        guard let latest = recorded.max(by: { $0.recorded < $1.recorded }),
            input.published.answeredReview.map({ latest.recorded > $0 }) ?? true, band != .unrated
        else { return }
        state.answeredReview = latest.recorded
        settledReview = latest
        if let held = state.heldSince, recorded.contains(where: { $0.at >= held }) { state.heldSince = nil }
        guard input.openAlerts[.review] != nil else { return }
        publish(.closed, cause: .review, urgency: .low, why: [.reviewRecorded], ask: .none, closes: true)
    }

    /// Rules 1 to 7.
    mutating func decideRisk() {
        let fall = judgeFall()
        let rules = rules(fall)
        let held = heldRules
        // The review that reports which joined events ask for is another alert: beside it they go on waiting.
        let others = rules.filter { $0.type != .reported }
        if others.count == (fall == .joined ? 1 : 0), holdsBack(rules.filter { $0.type == .reported } + held) {
            return announce(others, fall)
        }
        isHolding = false
        if let first = rules.first, first.type != .easing, first.type != .reviewDue {
            return announce(rules + held, fall)
        }
        // An alert that ends would take what waited behind it along, unread: that opens one of its own.
        if !fall.isHeldBack, rules.first?.type == .easing, endsRisk(at: band) {
            announce(rules, fall)
            return tell(held)
        }
        tell(held)
        if !rules.isEmpty {
            announce(rules, fall)
        } else if movement == .known {
            remember(band)
        }
    }

    /// A risk alert of the open view at a place that is green or nothing closes when nothing has been news for as long as a
    /// fall waits: it cannot ease any further, and in that view nobody can resolve it.
    mutating func closeQuiet() {
        guard let end = quietEnd, end <= now else { return }
        publish(.closed, cause: .risk, urgency: .low, why: [.quiet], ask: .none, to: state.band, closes: true)
    }

    /// Where every report is gone there is nothing left that a review could settle, and nothing it could be recorded of.
    mutating func closeReviewOfNothing() {
        guard input.assessment == nil, state.band == nil, isOpen(.review) else { return }
        publish(.closed, cause: .review, urgency: .low, why: [.bandDown], ask: .none, to: state.band, closes: true)
    }

    /// Whether the alert about the risk is open after what has been published by now.
    var hasOpenRisk: Bool { isOpen(.risk) }

    private func isOpen(_ cause: AlertCause) -> Bool {
        publications.last { $0.cause == cause }.map { !$0.closes } ?? (input.openAlerts[cause] != nil)
    }

    private var quietEnd: Moment? {
        guard input.view == .open, hasOpenRisk, state.band == nil || state.band == .green, state.downSince == nil,
            state.heldSince == nil, !isHolding
        else { return nil }
        return state.at.map { template.alerts.easing.end(from: $0, context.workingTime) }
    }

    /// One event for the rules that hold, and a `closed` where the risk alert has eased to green or nothing.
    private mutating func announce(_ rules: [RiskRule], _ fall: Fall) {
        guard let first = rules.first, let urgency = rules.map(\.urgency).max() else { return }
        let standing = fall.isHeldBack ? input.published.band : band
        publish(
            first.type,
            cause: first.type == .reviewDue ? .review : .risk,
            urgency: urgency,
            why: once(rules.flatMap(\.why) + new.late),
            ask: ask(first.type),
            to: standing,
            closes: first.type == .easing && !hasOpenRisk
        )
        if first.type == .easing && endsRisk(at: standing) {
            publish(.closed, cause: .risk, urgency: .low, why: [.bandDown], ask: .none, to: standing, closes: true)
        }
        remember(standing)
        state.announced = standing
    }

    /// Whether there is an open alert about the risk that ends with a fall to this band: to green or nothing, unless it stands at `immediate`.
    ///
    /// What is `immediate` is about a child now and not about a band: the business's own call for help is not even scored. In the
    /// view in which people can resolve it only they end it (domain.md 8.3: every alert ends in a recorded decision).
    private func endsRisk(at band: Band?) -> Bool {
        hasOpenRisk && (band == nil || band == .green) && (input.view == .open || input.openAlerts[.risk] != .immediate)
    }

    /// Each once, in their order.
    func once(_ reasons: [AlertReason]) -> [AlertReason] {
        var why: [AlertReason] = []
        for reason in reasons where !why.contains(reason) { why.append(reason) }
        return why
    }

    func ask(_ type: EventType) -> AlertAsk {
        switch type {
        case .immediate: .actNow
        case .reviewDue: .review
        case .easing: .none
        default: band == .unrated ? .review : .decide
        }
    }

    /// During a back-file or a rescoring nothing that it brought is announced: what rose becomes the baseline.
    ///
    /// A fall keeps its own time in a back-file; under another template it is part of the new baseline, unless it was there
    /// before.
    mutating func writeBaseline() {
        let wasWaiting = state.downSince != nil || state.heldSince != nil
        let fall = judgeFall()
        switch movement {
        case .known, .raised, .rising, .becameUnrated: remember(band)
        case .down, .settled:
            if mode == .rescoring && !wasWaiting {
                state.downSince = nil
                remember(band)
                closeEased()
            } else if case .eases(let reasons) = fall {
                announce([RiskRule(.easing, .low, reasons)], fall)
            } else if fall == .joined {
                // The fall is held until a person has looked, who has to be asked.
                announce([RiskRule(.reviewDue, .normal, [.eventsJoined])], fall)
            }
        case .none:
            if input.assessment?.hasSeverityFour ?? false, !state.hasSeverityFour { remember(band) }
        }
    }

    /// A new baseline at green or nothing ends the risk alert that stood.
    private mutating func closeEased() {
        guard endsRisk(at: band) else { return }
        publish(.closed, cause: .risk, urgency: .low, why: [.bandDown], ask: .none, to: band, closes: true)
        state.announced = band
    }

    /// The run is over: `raised` for a place that ended red or unrated and was not announced so.
    mutating func announceRun() {
        guard let standing = state.band, standing == .red || standing == .unrated, state.announced != standing else {
            return
        }
        publish(
            .raised,
            cause: .risk,
            urgency: .high,
            why: [.backFile],
            ask: standing == .unrated ? .review : .decide,
            from: state.announced,
            to: standing
        )
        remember(standing)
        state.announced = standing
    }

    private mutating func remember(_ standing: Band?) {
        state.band = standing
        state.hasSeverityFour = input.assessment?.hasSeverityFour ?? false
        state.at = now
    }

    mutating func scheduleReview() {
        let schedule = ReviewSchedule(
            rules: template.reviews,
            context: context,
            before: input.published,
            isAlertOpen: isOpen(.review)
        )
        state.reviewDue = schedule.due(
            of: state.band,
            published: state.at,
            settled: settledReview,
            isBroughtForward: new.bringsReviewForward
        )
    }

    /// An overdue review is an alert of its own, once for each due moment.
    mutating func announceOverdue() {
        guard let due = state.reviewDue, due <= now, state.overdueAnnounced != due else { return }
        state.overdueAnnounced = due
        publish(.reviewDue, cause: .review, urgency: .normal, why: [.reviewOverdue], ask: .review, to: state.band)
    }

    /// The earliest moment at which this decision may change without new input.
    private var wakeAt: Moment? {
        var moments: [Moment] = []
        if let since = state.downSince { moments.append(template.alerts.easing.end(from: since, context.workingTime)) }
        if let end = quietEnd { moments.append(end) }
        if let end = heldBackUntil { moments.append(end) }
        if let due = state.reviewDue, state.overdueAnnounced != due { moments.append(due) }
        for judgement in input.judgements where judgement.belongs(to: input.view) {
            moments += [judgement.at, judgement.recorded, judgement.until]
        }
        return moments.filter { $0 > now }.min()
    }

    mutating func publish(
        _ type: EventType,
        cause: AlertCause,
        urgency: Urgency,
        why: [AlertReason],
        ask: AlertAsk,
        from: Band?? = nil,
        to: Band?? = nil,
        closes: Bool = false
    ) {
        if cause == .risk, type != .easing, !closes { state.told = .init(at: now, urgency: urgency) }
        publications.append(
            Publication(
                type: type,
                cause: cause,
                urgency: urgency,
                why: why,
                ask: ask,
                bandFrom: from ?? input.published.band,
                bandTo: to ?? input.published.band,
                closes: closes
            )
        )
    }
}
