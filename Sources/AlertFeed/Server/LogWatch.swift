import Safeguarding

/// Tells every session where its log stands: by the doorbell, and by a look each second, which is the guarantee behind it.
struct LogWatch: Sendable {
    let services: FeedServices
    /// Rung each second.
    let tick: Doorbell
    /// Rung when events were committed.
    let changed: Doorbell

    /// Until cancelled. What takes its time delays nothing else: the database no ring, the disk no look.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await tick.eachRing { await poll() } }
            group.addTask { await tick.eachRing { await services.lossWatch.keep() } }
            group.addTask {
                await changed.eachRing {
                    for connection in services.registry.connections { connection.logMayHaveGrown() }
                }
            }
        }
    }

    /// Whether both views can be read.
    func answers() async -> Bool {
        var answers = true
        for view in View.allCases where await position(of: view) == nil { answers = false }
        return answers
    }

    /// Every session learns where its log stands, or that the database is away.
    private func poll() async {
        for view in View.allCases {
            let known = services.lossWatch.known(in: view)
            let position = await position(of: view)
            if let position { services.lossWatch.compare(position, with: known, in: view) }
            for connection in services.registry.connections(reading: view) {
                if let position { connection.logStands(at: position) } else { connection.databaseWentAway() }
            }
        }
        await tellReplaced()
    }

    /// Whose name was taken on another daemon: on a quiet log nothing else would say so.
    private func tellReplaced() async {
        let holders = services.registry.holders
        guard !holders.isEmpty else { return }
        do {
            let lost = try await services.ask { [log = services.log] in
                try await log.replaced(holders.map(\.subscription))
            }
            for holder in holders where lost.contains(holder.subscription) {
                holder.connection.lost(holder.subscription)
            }
        } catch {
            _ = services.isPassing(error, during: "the look after names")
        }
    }

    private func position(of view: View) async -> LogPosition? {
        do {
            return try await services.ask { [log = services.log] in try await log.position(of: view) }
        } catch {
            _ = services.isPassing(error, during: "the poll")
            return nil
        }
    }
}
