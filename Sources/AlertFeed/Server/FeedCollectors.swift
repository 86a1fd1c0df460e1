import Safeguarding

/// The feed's traffic with the database, collected: pages, acknowledgements and the audit of what was delivered.
///
/// Whoever catches up over a long log reads apart from those at its head, so that a narrow filter that looks at much delays
/// no live session.
struct FeedCollectors: Sendable {
    let live: Collector<PageRead, PageOutcome>
    let behind: Collector<PageRead, PageOutcome>
    let acknowledgements: Collector<Acknowledgement, Void>
    let audit: Collector<ReadEntry, Void>

    /// Who catches up, and what delivery waits for, does not rest.
    init(_ limits: FeedLimits, clock: any FeedClock) {
        live = Collector(
            atOnce: max(1, limits.pageReaders / 2),
            most: FeedLimits.pagesTogether,
            pace: .init(clock: clock, factor: 2, least: 2, many: 1, longest: limits.longestLookRest)
        )
        behind = Collector(atOnce: max(1, limits.pageReaders / 2), most: FeedLimits.pagesTogether / 16)
        acknowledgements = Collector(
            atOnce: 1,
            most: FeedLimits.pagesTogether,
            // One who catches up waits for its window; a hundred who keep up do not.
            pace: .init(clock: clock, factor: 2, least: 0.5, many: 32, longest: limits.longestAcknowledgementRest)
        )
        audit = Collector(atOnce: 1, most: FeedLimits.pagesTogether)
    }

    /// Which of the two reads a page.
    func pages(for request: PageRequest) -> Collector<PageRead, PageOutcome> {
        request.behind > FeedLimits.farBehind ? behind : live
    }

    /// Serves all of it until the task is cancelled; each batch has the patience that a command has.
    func run(_ services: FeedServices) async {
        let log = services.log
        await withDiscardingTaskGroup { group in
            for collector in [live, behind] {
                group.addTask {
                    await collector.run { reads in
                        let pages = try await services.ask { try await log.pages(reads) }
                        return PageEncoding.outcomes(of: pages, for: reads).map { .success($0) }
                    }
                }
            }
            group.addTask {
                await acknowledgements.run { entries in
                    try await services.ask { try await log.acknowledge(entries) }
                        .map { refusal in refusal.map { .failure($0) } ?? .success(()) }
                }
            }
            group.addTask {
                await audit.run { entries in
                    try await services.ask { try await log.audit(entries) }
                    return entries.map { _ in .success(()) }
                }
            }
        }
    }
}
