/// The bounds of the assessor's work, each with its reason.
package struct AssessorLimits: Sendable, Hashable {
    /// Locations decided in one transaction: long enough to amortise the round trips, short enough that a lock on a place
    /// is held for milliseconds (design.md "Due list").
    package var locationsPerTransaction = 200
    /// The guarantee behind the wake-ups, which are only hints.
    package var pollSeconds: Int64 = 1
    /// Longest pause after errors: a database that came back is noticed within this time.
    package var maximumBackOffSeconds: Double = 10
    /// Of a general worker, in a row, before one that takes nothing but timers: a step up the chain waits for a few transactions
    /// and not for the end of a file.
    package var transactionsBetweenTimers = 4
    /// Workers for every priority, beside the one that is kept for 0 and 1.
    package var generalWorkers = 1

    package init() {}
}
