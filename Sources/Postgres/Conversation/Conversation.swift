/// An exchange with the server as a machine without I/O: it is told what happened and says what to do next.
///
/// The driver carries a step out and reports with `next`, until the machine says `finished` or `failed`. `Payload` is
/// what a result carries; the machine only keeps it, so a test can use anything.
protocol Conversation<Payload> {
    associatedtype Payload

    /// Takes in what happened and says what to do next.
    mutating func next(_ event: ConversationEvent<Payload>) -> ConversationStep
}

/// What a conversation asks of its driver.
enum ConversationStep: Equatable {
    /// Hand command number n of the conversation to libpq.
    case send(Int)
    /// Send a synchronisation point (`PQpipelineSync`).
    case sendSync
    /// Send a request for the results so far (`PQsendFlushRequest`).
    case sendFlushRequest
    /// Queue the current chunk of COPY data.
    case putData
    /// End COPY; with a reason, abort it.
    case putEnd(abortingBecause: String?)
    /// Write what is queued (`PQflush`).
    case flush
    /// Read what has arrived (`PQconsumeInput`).
    case consume
    /// Take a result if there is one (`PQisBusy`, then `PQgetResult`).
    case takeResult
    /// Wait for the socket.
    case want(Interest)
    /// The conversation is over; the connection can be used again.
    case finished
    /// The connection cannot be used any more.
    case failed(PostgresError)
}

/// What happened, as far as a conversation needs to know.
enum ConversationEvent<Payload> {
    case begin
    /// libpq took the command; `bytes` is the size of its parameters.
    case sent(bytes: Int)
    case put(PutStatus)
    case flushed(pending: Bool)
    case consumed
    /// There is no complete result yet.
    case busy
    case result(ResultStatus, Payload)
    /// The results of a command are at their end.
    case noResult
    case ready(Interest)
    /// libpq reports that the connection is lost, or refuses a call.
    case lost(PostgresError)
}

extension PostgresError {
    /// An event that cannot happen in the state a conversation is in; the connection is given up.
    static func unexpected(in conversation: StaticString) -> PostgresError {
        PostgresError(.protocol, "unexpected event in the \(conversation) conversation")
    }
}

/// Writing what is queued while reading what comes, which every conversation does after sending.
///
/// Both sides would block for good if the client only wrote while the server only wrote (34.4), so whenever the socket
/// does not take all, reading goes on.
struct Flushing {
    private enum State {
        case idle
        case flushing
        case waiting
    }

    private var state = State.idle

    /// Begins to flush.
    mutating func begin() -> ConversationStep {
        state = .flushing
        return .flush
    }

    /// What to do next, or nil when all has been written or the event is not one of flushing.
    mutating func next<Payload>(_ event: ConversationEvent<Payload>) -> ConversationStep? {
        switch (state, event) {
        case (.flushing, .flushed(pending: true)):
            state = .waiting
            return .want(.readWrite)
        case (.waiting, .ready(let interest)):
            state = .flushing
            return interest.contains(.read) ? .consume : .flush
        case (.flushing, .consumed):
            return .flush
        case (.flushing, .flushed(pending: false)):
            state = .idle
            return nil
        default:
            return nil
        }
    }

    /// Whether writing is under way.
    var isActive: Bool { state != .idle }
}
