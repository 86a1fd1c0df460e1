/// Giving up a running statement without giving up its connection, if that can be.
///
/// The server is asked to cancel; then the statement's own conversation goes on until its results are at their end,
/// which is where the outcome shows: 57014, or success if the request came too late. If that takes too long the
/// connection is closed. It is never left in the middle and used again.
struct CancelConversation {
    enum Step: Equatable {
        /// Send the cancel request, on a thread of its own.
        case requestCancel
        /// Go on with the statement's conversation until the drain deadline.
        case drain
        /// The connection is usable.
        case finished
        /// Close the connection.
        case close
    }

    enum Event: Equatable {
        case interrupted
        /// The request is over: the server has acted on it, or it could not be delivered.
        case requested
        /// The request did not come back in time and may still reach the server.
        case requestAbandoned
        /// The statement's results are at their end.
        case drained
        case timedOut
    }

    private var requestMayLinger = false

    /// Takes in what happened and says what to do next.
    mutating func next(_ event: Event) -> Step {
        switch event {
        case .interrupted:
            return .requestCancel
        case .requested:
            return .drain
        case .requestAbandoned:
            requestMayLinger = true
            return .drain
        case .drained:
            // A request still on its way would hit whatever the connection runs next.
            return requestMayLinger ? .close : .finished
        case .timedOut:
            return .close
        }
    }
}
