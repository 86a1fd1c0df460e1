package import RiskAssessment
package import Safeguarding

/// From the works of one transaction to its verdicts: the template's `assess` and `decide`, for both views.
///
/// Pure. The two views never meet: each is assessed from its own items, decided against its own published state and
/// worded in its own body, so nothing restricted can reach the open one (design.md "A score must not leak").
package struct Decider: Sendable {
    let template: Template
    private let marking: String?

    /// - Parameter marking: replaces the template's marking, for a database of exercises.
    package init(template: Template, marking: String? = nil) {
        self.template = template
        self.marking = marking
    }

    /// One verdict for each work, in the same order.
    package func decide(_ works: [DueWork], in context: AssessmentContext) throws -> [Verdict] {
        works.map { work in
            switch work {
            case .location(let work): location(work, context)
            case .unlocated(let work): unlocated(work, context)
            case .importRun(let work): importRun(work, context)
            }
        }
    }

    // MARK: A place

    private func location(_ work: LocationWork, _ context: AssessmentContext) -> Verdict {
        var views: [View: ViewVerdict] = [:]
        var wakes: [Moment] = []
        let assessed = Dictionary(
            uniqueKeysWithValues: View.allCases.filter(work.concerns).map { view in
                let evidence = work.evidence(in: view)
                return (view, Assessed(evidence: evidence, assessment: template.assess(evidence, at: context.now)))
            }
        )
        let difference = difference(work, assessed, context)
        let isMoreKnown = difference.isTold(ladoReleased: work.isLADOReleased)
        for (view, assessed) in assessed {
            let (evidence, assessment) = (assessed.evidence, assessed.assessment)
            let decision = template.decide(input(work, view, evidence, assessment, context), in: context)
            let (conclusion, careDue) = verdict(work, view, assessment, decision, isMoreKnown: isMoreKnown, context)
            views[view] = conclusion
            if let careDue { wakes.append(careDue) }
            if let next = template.nextDue(evidence, decision, after: context.now) { wakes.append(next) }
        }
        return Verdict(subject: .location(work.id), views: views, nextDue: wakes.min(), difference: difference)
    }

    /// How the views disagree; the full one is assessed once more without its `lado` items, where there are any.
    private func difference(
        _ work: LocationWork,
        _ assessed: [View: Assessed],
        _ context: AssessmentContext
    ) -> ViewDifference {
        let open = effectiveBand(work, .open, assessed[.open]?.assessment, context)
        let full = effectiveBand(work, .full, assessed[.full]?.assessment, context)
        guard open != full, var evidence = assessed[.full]?.evidence,
            evidence.items.contains(where: { $0.compartment == .lado })
        else { return ViewDifference(open: open, full: full, withoutLADO: full) }
        evidence.items.removeAll { $0.compartment == .lado }
        let rest = template.assess(evidence, at: context.now, explaining: false)
        return ViewDifference(
            open: open,
            full: full,
            withoutLADO: effectiveBand(work, .full, rest, context)
        )
    }

    /// What one view makes of a place.
    private struct Assessed {
        var evidence: Evidence
        var assessment: Assessment?
    }

    private func effectiveBand(
        _ work: LocationWork,
        _ view: View,
        _ assessment: Assessment?,
        _ context: AssessmentContext
    ) -> Band? {
        Band.effective(machine: assessment?.band, judgements: work.judgements, in: view, at: context.now)
    }

    private func input(
        _ work: LocationWork,
        _ view: View,
        _ evidence: Evidence,
        _ assessment: Assessment?,
        _ context: AssessmentContext
    ) -> DecisionInput {
        let new = evidence.items.filter {
            $0.isNew(in: view) && $0.received <= context.now && $0.observed <= context.now
        }
        let mode: DecisionMode =
            work.endsRun
            ? .endOfRun
            : .inferred(
                isBackground: work.isBackground,
                // A withdrawal is news of its back-file, not a new baseline.
                hasNewItems: !new.isEmpty || (work.withdrawnNew[view] ?? false)
            )
        let state = work.state(view)
        return DecisionInput(
            view: view,
            mode: mode,
            published: state.published,
            assessment: assessment,
            bandWithoutNewItems: bandWithout(new, evidence, assessment, state.published.band, context),
            judgements: work.judgements,
            newItems: new,
            heldItems: evidence.items.filter { !$0.isNew(in: view) && $0.isHeld(in: view) },
            withdrew: work.withdrawnNew[view] ?? false,
            reviews: work.reviews,
            isOutdated: state.lastTemplate.map { $0 != .init(id: template.id, version: template.version) } ?? false,
            openAlerts: Dictionary(state.openAlerts.map { ($0.cause, $0.urgency) }, uniquingKeysWith: max)
        )
    }

    /// The machine's band had the new items not come; worked out only where the band is not what was published.
    private func bandWithout(
        _ new: [RecordedItem],
        _ evidence: Evidence,
        _ assessment: Assessment?,
        _ published: Band?,
        _ context: AssessmentContext
    ) -> Band? {
        guard !new.isEmpty, published != nil, assessment?.band != published else { return nil }
        let versions = Set(new.map(\.version))
        var earlier = evidence
        earlier.items.removeAll { versions.contains($0.version) }
        return template.assess(earlier, at: context.now, explaining: false)?.band
    }

    private func verdict(
        _ work: LocationWork,
        _ view: View,
        _ assessment: Assessment?,
        _ decision: Decision,
        isMoreKnown: Bool,
        _ context: AssessmentContext
    ) -> (ViewVerdict, careDue: Moment?) {
        let body = EventBody(template: template, view: view, context: context, marking: marking)
        let isRestricted = work.category.isRestricted || (template.category(work.category)?.isRestricted ?? false)
        let facts = LocationFacts(
            id: work.id,
            category: work.category,
            areas: work.areas,
            name: isRestricted ? nil : (view == .open ? work.openName : work.fullName)
        )
        let judged = Band.judged(work.judgements, in: view, at: context.now)
        let band = effectiveBand(work, view, assessment, context)
        func event(_ publication: Publication) -> PublishedEvent {
            PublishedEvent(
                publication: publication,
                body: body.json(
                    of: publication,
                    at: facts,
                    assessment: assessment,
                    judged: judged,
                    reviewBy: decision.published.reviewDue,
                    isMoreKnown: isMoreKnown
                ).text,
                areas: work.areas
            )
        }
        let cared = caring(
            for: work.state(view).openAlerts,
            decision.publications.map(event),
            in: view,
            at: work.id,
            band: decision.published.band,
            areas: work.areas,
            context,
            event
        )
        let conclusion = ViewVerdict(
            assessment: assessment,
            effectiveBand: band,
            published: decision.published,
            held: decision.held,
            events: cared.events
        )
        return (conclusion, cared.due)
    }

    // MARK: Subjects without a place

    private func unlocated(_ work: UnlocatedWork, _ context: AssessmentContext) -> Verdict {
        var views: [View: ViewVerdict] = [:]
        var wakes: [Moment] = []
        for view in View.allCases where work.concerns(view) {
            let situation = situation(work, view)
            let decision = template.decide(situation, in: context)
            let body = EventBody(template: template, view: view, context: context, marking: marking)
            func event(_ publication: Publication) -> PublishedEvent {
                PublishedEvent(
                    publication: publication,
                    body: body.json(of: publication, unlocated: situation, areas: work.areas).text,
                    areas: work.areas
                )
            }
            let cared = caring(
                for: view == .open ? work.open : work.full,
                [decision.publication].compactMap { $0 }.map(event),
                in: view,
                at: nil,
                band: nil,
                areas: work.areas,
                context,
                event
            )
            views[view] = ViewVerdict(assessment: nil, effectiveBand: nil, published: .never, events: cared.events)
            wakes += [decision.wakeAt, cared.due].compactMap { $0 }
        }
        return Verdict(subject: .unlocated(work.report), views: views, nextDue: wakes.min())
    }

    private func importRun(_ work: ImportRunWork, _ context: AssessmentContext) -> Verdict {
        var views: [View: ViewVerdict] = [:]
        for view in View.allCases {
            let body = EventBody(template: template, view: view, context: context, marking: marking)
            var bandsByArea = work.bandsByArea[view] ?? [:]
            // A file of which nothing found a place is told of all the same: nobody else would hear of it.
            if bandsByArea.isEmpty, work.unlocated(in: view) > 0 { bandsByArea[""] = [:] }
            let events = bandsByArea.sorted { $0.key < $1.key }.map { area, bands in
                let summary = RunSummary(
                    run: work.run,
                    area: area.isEmpty ? nil : area,
                    bands: bands,
                    unlocated: work.unlocated(in: view)
                )
                let publication = template.publication(of: summary)
                return PublishedEvent(
                    publication: publication,
                    body: body.json(of: publication, summary: summary).text,
                    areas: area.isEmpty ? [] : [area]
                )
            }
            views[view] = ViewVerdict(assessment: nil, effectiveBand: nil, published: .never, events: events)
        }
        return Verdict(subject: .importRun(work.run), views: views, nextDue: nil)
    }
}

extension Decider {
    /// The report as one view reads it: in the open view only with the signs that it counts.
    private func situation(_ work: UnlocatedWork, _ view: View) -> UnlocatedSituation {
        let alerts = view == .open ? work.open : work.full
        let about: (OpenAlert) -> EventType = { $0.urgency == .immediate ? .immediate : .reviewDue }
        return UnlocatedSituation(
            signs: view == .open ? work.openSigns : work.signs,
            grade: work.grade,
            happeningNow: work.happeningNow,
            isBackFile: work.isBackFile,
            compartment: view == .open ? .openPartner : work.compartment,
            observed: work.observed,
            received: work.received,
            settled: settlement(of: work, view),
            openAs: alerts.first { $0.cause == .unlocated }.map(about),
            resolvedAs: work.resolved[view].map(about),
            handling: work.handling
        )
    }

    /// A report of which the open view no longer counts any sign is withdrawn for it.
    private func settlement(of work: UnlocatedWork, _ view: View) -> UnlocatedSituation.Settlement? {
        if work.isSettled { return work.isWithdrawn ? .withdrawn : .located }
        return view == .open && work.openSigns.isEmpty ? .withdrawn : nil
    }
}
