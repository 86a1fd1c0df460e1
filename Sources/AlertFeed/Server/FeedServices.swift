import Logging
import Safeguarding

/// What every connection of a server uses.
struct FeedServices: Sendable {
    let log: any AlertLog
    let desk: any AlertDesk
    let mutes: any MuteDesk
    let watch: any ReaderWatch
    let credentials: any CredentialStore
    let registry: FeedRegistry
    let collectors: FeedCollectors
    let metrics: FeedMetrics
    let lossWatch: LossWatch
    let clock: any FeedClock
    let limits: FeedLimits
    let logger: Logger

    /// A call to the database with the patience a command has.
    func ask<Answer: Sendable>(_ question: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
        try await clock.within(limits.databasePatience, question)
    }

    /// Whether an error is the database's trouble, which passes; else it is a fault of the program and logged as one.
    func isPassing(_ error: any Error, during activity: StaticString) -> Bool {
        if error is CancellationError { return true }
        metrics.databaseFailed()
        let details: Logger.Metadata = ["feed.activity": "\(activity)", "error": "\(error)"]
        guard error is StoreFailure || error is DeadlineExceeded else {
            logger.error("feed: the alert log failed", metadata: details)
            return false
        }
        logger.debug("feed: the database did not answer", metadata: details)
        return true
    }
}

/// Names of the feed's rows in the audit.
enum FeedAudit {
    static let subscribe = "feed.subscribe"
    static let filter = "feed.filter"
    static let list = "feed.list"
    static let show = "feed.show"
    static let mute = "feed.mute"
    static let mutes = "feed.mutes"
    static let deliver = "feed.deliver"

    /// Codes and numbers only: a filter consists of nothing else.
    static func detail(
        name: String? = nil,
        from: FeedStart? = nil,
        after: AlertID? = nil,
        filter: FeedFilter
    ) -> String {
        var words: [String] = []
        if let name { words.append("name=" + name) }
        if let from { words.append("from=" + from.word) }
        if let after { words.append("after=" + after.text) }
        if !filter.text.isEmpty { words.append("filter=" + filter.text) }
        return words.joined(separator: " ")
    }
}
