/// Waiting for notifications on a connection that does nothing else.
struct ListenConversation {
    enum Step: Equatable {
        case want(Interest)
        case consume
        /// Take all notifications that have been read.
        case takeNotifications
        /// Nothing was heard for long: ask the server for an answer.
        case probe
        case failed(PostgresError.Code)
    }

    enum Event: Equatable {
        case begin
        case ready
        case consumed
        case taken
        case timedOut
        case probed
        case lost
    }

    /// Takes in what happened and says what to do next.
    ///
    /// Notifications are taken first, since some may have come in with the answer to LISTEN itself.
    mutating func next(_ event: Event) -> Step {
        switch event {
        case .begin, .consumed, .probed: .takeNotifications
        case .taken: .want(.read)
        case .ready: .consume
        case .timedOut: .probe
        case .lost: .failed(.connection)
        }
    }
}
