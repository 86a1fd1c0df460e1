/// What a person is told about the connection itself.
package enum ConnectionText {
    package static func disconnected(_ reason: String, pause: Duration) -> String {
        "disconnected (\(ended(reason))), trying again in \(pause.components.seconds) s"
    }

    /// Why it ended, in words.
    package static func ended(_ reason: String) -> String {
        guard reason == "certificate" else { return EventText.escaped(reason) }
        return "TLS was refused: is a certificate expired, another's, or not trusted here?"
    }

    package static func movedOn(_ lost: FeedBreak) -> String {
        let why =
            switch lost.cause {
            case .epochChanged:
                "another server has taken over or the database was put back: what was sent last may be missing there"
            case .tooOld: "away for longer than the log is kept"
            }
        let shown = lost.processed.map { "; the last event handled here was \($0)" } ?? ""
        let start = lost.from.map { "behind position \($0)" } ?? "at the oldest event that is kept"
        return why + shown + "; going on \(start). The list of what is open tells the rest"
    }

    package static func silence(_ change: SilenceWatch.Change) -> String {
        switch change {
        case .fellSilent: "the service has been silent for \(SilenceWatch.patience.components.seconds) s"
        case .heardAgain: "the service is heard again"
        }
    }
}
