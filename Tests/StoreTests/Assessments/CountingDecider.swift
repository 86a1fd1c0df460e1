import Safeguarding

/// A stand-in for the template: a place's band is the number of its items in the view.
///
/// One item is green, two amber, three amber-plus, four red; one of sign `possible` makes it unrated.
enum CountingDecider {
    static func decide(_ work: DueWork, _ context: AssessmentContext) -> Verdict {
        switch work {
        case .location(let work): location(work, context)
        case .unlocated(let work): unlocated(work)
        case .importRun(let work): summary(work)
        }
    }

    static func location(_ work: LocationWork, _ context: AssessmentContext) -> Verdict {
        var views: [View: ViewVerdict] = [:]
        for view in View.allCases where work.concerns(view) {
            let assessment = assess(work, in: view, context)
            let judged = work.judgements.filter { $0.counts(in: view, at: context.now) }.map(\.band)
                .max { $0.listOrder < $1.listOrder }
            let band = assessment.map { Band.effective(machine: $0.band, judged: judged) }
            var published = work.state(view).published
            let publications = publications(from: published, to: band, work, view)
            if !publications.isEmpty || (published.band == nil && band != nil) {
                published.band = band
                published.at = context.now
                published.reviewDue = band == .red ? context.now + 28 * Moment.day : nil
            }
            let name = view == .open ? work.openName : work.fullName
            views[view] = ViewVerdict(
                assessment: assessment,
                effectiveBand: band,
                published: published,
                events: publications.map { publication in
                    PublishedEvent(
                        publication: publication,
                        body: JSON.object([
                            ("location", .string(work.id.text)), ("name", .optional(name)),
                            ("band", .optional(band?.rawValue)),
                        ]).text,
                        areas: work.areas
                    )
                }
            )
        }
        return Verdict(
            subject: .location(work.id),
            views: views,
            nextDue: work.items.isEmpty ? nil : context.now + 91 * Moment.day,
            difference: difference(work, views, context)
        )
    }

    private static func difference(
        _ work: LocationWork,
        _ views: [View: ViewVerdict],
        _ context: AssessmentContext
    ) -> ViewDifference {
        var rest = work
        rest.items.removeAll { $0.compartment == .lado }
        return ViewDifference(
            open: views[.open]?.effectiveBand,
            full: views[.full]?.effectiveBand,
            withoutLADO: assess(rest, in: .full, context)?.band
        )
    }

    private static func publications(
        from published: PublishedState,
        to band: Band?,
        _ work: LocationWork,
        _ view: View
    ) -> [Publication] {
        let before = published.band.map(\.listOrder) ?? 0
        let after = band.map(\.listOrder) ?? 0
        let isNow = work.items.contains { $0.happeningNow && $0.belongs(to: view) && $0.isNew(in: view) }
        guard isNow || after != before, isNow || !(before == 0 && after == 1), !work.isBackground else { return [] }
        let type: EventType =
            isNow ? .immediate : after < before ? (after <= 1 ? .closed : .easing) : before <= 1 ? .raised : .rising
        return [
            Publication(
                type: type,
                cause: .risk,
                urgency: isNow ? .immediate : after < before ? .low : band == .red ? .high : .normal,
                why: [.bandUp],
                ask: .decide,
                bandFrom: published.band,
                bandTo: band,
                closes: type == .closed
            )
        ]
    }

    static func assess(_ work: LocationWork, in view: View, _ context: AssessmentContext) -> Assessment? {
        let items = work.items.filter { $0.belongs(to: view) }
        guard !items.isEmpty else { return nil }
        let band: Band =
            items.contains { $0.sign == "possible" }
            ? .unrated : [.green, .amber, .amberPlus, .red][min(items.count, 4) - 1]
        return Assessment(
            at: context.now,
            points: Points(units: Int64(items.count) * Points.one),
            likelihood: min(items.count, 5),
            severity: 4,
            inherent: 4 * min(items.count, 5),
            controlCredit: work.controls.count * 100,
            residualLikelihood: min(items.count, 5),
            residual: 4 * min(items.count, 5),
            band: band,
            trend: .new,
            confidence: .medium,
            marks: items.count == 1 ? [.singleSource] : [],
            events: items.count,
            inWindow: items.count,
            lifted: 0,
            signs: Set(items.map(\.sign)).sorted(),
            reportsByKind: Dictionary(grouping: items, by: \.agencyKind).mapValues { Set($0.map(\.report)).count },
            reports: Set(items.map(\.report)).count,
            agencies: Set(items.map(\.agency)).count,
            hasSeverityFour: true,
            nextChange: context.now + 91 * Moment.day,
            explanation: Explanation(events: items.map(event), notCounted: [], caps: ["none"], controls: []),
            hasRestrictedItems: items.contains { $0.compartment.isRestricted }
        )
    }

    private static func event(_ item: RecordedItem) -> ExplainedEvent {
        ExplainedEvent(
            points: Points(units: Points.one),
            cappedBy: .zero,
            items: [
                ExplainedItem(
                    report: item.report,
                    sign: item.sign,
                    agency: item.agency,
                    agencyKind: item.agencyKind,
                    compartment: item.compartment,
                    grade: item.grade,
                    attribution: item.attribution,
                    observed: item.observed,
                    severity: 4,
                    sourceFactor: 100,
                    informationFactor: 100,
                    attributionFactor: 100,
                    ageFactor: 100,
                    itemPoints: Points(units: Points.one),
                    counted: Points(units: Points.one),
                    liftedBy: nil,
                    originatorUnconfirmed: false
                )
            ]
        )
    }

    static func unlocated(_ work: UnlocatedWork) -> Verdict {
        var views: [View: ViewVerdict] = [:]
        for view in View.allCases where work.concerns(view) {
            let isOpen = !(view == .open ? work.open : work.full).isEmpty
            guard (work.isSettled || (view == .open && work.openSigns.isEmpty)) == isOpen else { continue }
            let publication = Publication(
                type: isOpen ? .closed : .immediate,
                cause: .unlocated,
                urgency: isOpen ? .low : .immediate,
                why: [.unlocated],
                ask: .locate,
                bandFrom: nil,
                bandTo: nil,
                closes: isOpen
            )
            let signs = view == .open ? work.openSigns : work.signs
            views[view] = ViewVerdict(
                assessment: nil,
                effectiveBand: nil,
                published: .never,
                events: [
                    PublishedEvent(
                        publication: publication,
                        body: JSON.object([("signs", .strings(signs))]).text,
                        areas: work.areas
                    )
                ]
            )
        }
        return Verdict(subject: .unlocated(work.report), views: views, nextDue: nil)
    }

    static func summary(_ work: ImportRunWork) -> Verdict {
        var views: [View: ViewVerdict] = [:]
        for view in View.allCases {
            views[view] = ViewVerdict(
                assessment: nil,
                effectiveBand: nil,
                published: .never,
                events: (work.bandsByArea[view] ?? [:]).sorted { $0.key < $1.key }.map { area, bands in
                    PublishedEvent(
                        publication: Publication(
                            type: .backFile,
                            cause: .backFile,
                            urgency: .low,
                            why: [.backFile],
                            ask: .none,
                            bandFrom: nil,
                            bandTo: nil,
                            closes: true
                        ),
                        body: JSON.object([
                            ("places", .int(bands.values.reduce(0, +))), ("unlocated", .int(work.unlocated(in: view))),
                        ]).text,
                        areas: area.isEmpty ? [] : [area]
                    )
                }
            )
        }
        return Verdict(subject: .importRun(work.run), views: views, nextDue: nil)
    }
}
