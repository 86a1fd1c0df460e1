/// What the pool looks like at a moment.
package struct PoolStatistics: Sendable, Equatable {
    package var opening = 0
    package var idle = 0
    package var leased = 0
    package var waiting = 0
    /// Failed attempts to connect since the last success.
    package var failures = 0
}
