import Logging
import Safeguarding

/// What time brings to readers: mutes that end, exercises, and filters that can match nothing any more.
///
/// It asks the database, which remembers what was told; so it may stop at any time, and every daemon may do it.
struct NoticeKeeper {
    let services: FeedServices
    /// Rung each second.
    let tick: Doorbell

    func run() async {
        var seen = tick.count
        var next = seen + UInt64(max(1, services.limits.noticeTicks))
        while !Task.isCancelled {
            seen = await tick.wait(after: seen)
            await endMutes()
            guard seen >= next else { continue }
            next = seen + UInt64(max(1, services.limits.noticeTicks))
            await exercise()
            await digest()
            await watch()
        }
    }

    private func endMutes() async {
        await attempt("mutes") { [mutes = services.mutes] in _ = try await mutes.endOverdue() }
    }

    private func exercise() async {
        let readers = services.registry.readers
        guard !readers.isEmpty else { return }
        await attempt("exercises") { [watch = services.watch, services] in
            let round = try await watch.exercise(readers)
            services.metrics.exercised(round)
            guard round.unanswered > 0 else { return }
            services.logger.warning(
                "feed: readers have not acknowledged the last two exercises",
                metadata: ["feed.readers": "\(round.unanswered)"]
            )
        }
    }

    private func digest() async {
        let readers = services.registry.subscribers
        guard !readers.isEmpty else { return }
        await attempt("digests") { [watch = services.watch] in _ = try await watch.digest(readers) }
    }

    private func watch() async {
        for connection in services.registry.connections {
            guard let watches = connection.watches else { continue }
            for (subscription, filter) in watches.filters {
                guard !Task.isCancelled else { return }
                await services.watch(subscription, filter, of: watches.principal)
            }
        }
    }

    private func attempt(_ activity: StaticString, _ work: @escaping @Sendable () async throws -> Void) async {
        do {
            try await services.ask(work)
        } catch {
            _ = services.isPassing(error, during: activity)
        }
    }
}
