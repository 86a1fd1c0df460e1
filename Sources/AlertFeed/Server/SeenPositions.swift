package import Safeguarding

/// Where a server keeps what it saw of the log, out of reach of what the log may lose.
///
/// So that the loss is told even where the daemon that had sent the events did not live to see it: epoch and head of each view,
/// the rest is of no use later.
package protocol SeenPositions: Sendable {
    /// What was kept last; nothing where nothing was, or where it cannot be read.
    func positions() async -> [View: LogPosition]
    /// Replaces what is kept; asked each second, so what has not changed is not written again. A failure is the keeper's to tell.
    func keep(_ positions: [View: LogPosition]) async
}

/// For a server whose losses nobody after it has to tell.
package struct NothingKept: SeenPositions {
    package init() {}
    package func positions() async -> [View: LogPosition] { [:] }
    package func keep(_ positions: [View: LogPosition]) async {}
}
