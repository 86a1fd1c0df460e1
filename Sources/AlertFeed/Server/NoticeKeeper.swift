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
        var unanswering: Set<ConnectedReader> = []
        var silence = Silence()
        var next = seen + UInt64(max(1, services.limits.noticeTicks))
        while !Task.isCancelled {
            seen = await tick.wait(after: seen)
            await endMutes()
            guard seen >= next else { continue }
            next = seen + UInt64(max(1, services.limits.noticeTicks))
            await exercise()
            unanswering = await tellOfUnanswered(known: unanswering)
            silence = await tellOfSilence(silence)
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
        await attempt("exercises") { [watch = services.watch] in _ = try await watch.exercise(readers) }
    }

    /// Tells the operator of readers who do not answer: a figure each time, a warning for those who are new among them.
    private func tellOfUnanswered(known: Set<ConnectedReader>) async -> Set<ConnectedReader> {
        let readers = services.registry.readers
        do {
            let silent = try await services.ask { [watch = services.watch] in
                readers.isEmpty ? [] : try await watch.unanswered(readers)
            }
            services.metrics.unanswered(silent.count)
            if silent.contains(where: { !known.contains($0) }) {
                services.logger.warning(
                    "feed: readers have not acknowledged the last two exercises",
                    metadata: ["feed.readers": "\(silent.count)"]
                )
            }
            return Set(silent)
        } catch {
            _ = services.isPassing(error, during: "unanswered exercises")
            return known
        }
    }

    /// Which standing subscriptions were silent at the last look, and of which the operator has been told.
    private struct Silence {
        var seen: Set<SilentSubscription> = []
        var told: Set<SilentSubscription> = []
    }

    /// Tells the operator of relays that do not run, or pass nothing on: a figure each time, a warning for those that are new
    /// among them. Only what was silent a look ago too: after an outage relays have still to answer their exercise.
    private func tellOfSilence(_ before: Silence) async -> Silence {
        do {
            let seen = Set(try await services.ask { [watch = services.watch] in try await watch.silent() })
            let silent = seen.intersection(before.seen)
            services.metrics.silent(silent.count)
            if !silent.isSubset(of: before.told) {
                services.logger.warning(
                    "feed: standing subscriptions are silent, see placeguard doctor",
                    metadata: ["feed.subscriptions": "\(silent.count)"]
                )
            }
            return Silence(seen: seen, told: silent)
        } catch {
            _ = services.isPassing(error, during: "standing subscriptions")
            return before
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
