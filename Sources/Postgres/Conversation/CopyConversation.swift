/// COPY FROM STDIN: a request, data in chunks with back-pressure, an end, and the outcome.
///
/// It pauses with `finished` whenever it is the caller's turn, and goes on with `begin`. After each chunk all of it
/// must have left before the next is taken: libpq itself takes data without limit while nothing leaves (34.10).
struct CopyConversation<Payload>: Conversation {
    private enum State: Equatable {
        case ready
        case sendingRequest
        case starting(Phase)
        case open
        case putting
        case flushingData
        case ending(String?)
        case waitingToEnd(String?)
        case waitingToPut
        case finishing(Phase)
        case over
    }

    /// Where between writing and reading a request with results is.
    private enum Phase {
        case flushing
        case reading
        case waiting
    }

    private var state = State.ready
    private var flushing = Flushing()

    /// The result of the whole, if it was not an error.
    private(set) var result: Payload?
    /// The first error of the server.
    private(set) var failure: PostgresError?

    /// Whether the server awaits data.
    var isOpen: Bool { state == .open }
    /// Whether the outcome has been read; the connection is free.
    var isOver: Bool { state == .over }

    /// Makes the next `begin` end the data; with a reason, abort.
    mutating func prepareEnd(abortingBecause reason: String?) {
        if state == .open { state = .ending(reason) }
    }

    mutating func next(_ event: ConversationEvent<Payload>) -> ConversationStep {
        switch (state, event) {
        case (_, .lost(let error)):
            state = .over
            return .failed(failure ?? error)
        case (.ready, .begin):
            state = .sendingRequest
            return .send(0)
        case (.sendingRequest, .sent):
            state = .starting(.flushing)
            return flushing.begin()
        case (.starting(let phase), _):
            return read(event, phase) { .starting($0) }
        case (.open, .begin):
            state = .putting
            return .putData
        case (.putting, .put(let status)):
            return put(status)
        case (.waitingToPut, .ready):
            state = .putting
            return .putData
        case (.flushingData, _):
            if let step = flushing.next(event) { return step }
            guard !flushing.isActive else { return unexpected() }
            state = .open
            return .finished
        case (.ending(let reason), .begin):
            return .putEnd(abortingBecause: reason)
        case (.ending(let reason), .put(let status)):
            return end(status, reason)
        case (.waitingToEnd(let reason), .ready):
            state = .ending(reason)
            return .putEnd(abortingBecause: reason)
        case (.finishing(let phase), _):
            return read(event, phase) { .finishing($0) }
        default:
            return unexpected()
        }
    }

    private mutating func put(_ status: PutStatus) -> ConversationStep {
        switch status {
        case .accepted:
            state = .flushingData
            return flushing.begin()
        case .full:
            state = .waitingToPut
            return .want(.readWrite)
        case .failed:
            // The server has ended COPY with an error that is to be read.
            state = .finishing(.reading)
            return .takeResult
        }
    }

    private mutating func end(_ status: PutStatus, _ reason: String?) -> ConversationStep {
        switch status {
        case .accepted:
            state = .finishing(.flushing)
            return flushing.begin()
        case .full:
            state = .waitingToEnd(reason)
            return .want(.readWrite)
        case .failed:
            state = .finishing(.reading)
            return .takeResult
        }
    }

    private mutating func read(
        _ event: ConversationEvent<Payload>,
        _ phase: Phase,
        _ make: (Phase) -> State
    ) -> ConversationStep {
        switch (phase, event) {
        case (.flushing, _):
            if let step = flushing.next(event) { return step }
            guard !flushing.isActive else { return unexpected() }
            state = make(.reading)
            return .takeResult
        case (.reading, .busy):
            state = make(.waiting)
            return .want(.read)
        case (.waiting, .ready):
            state = make(.reading)
            return .consume
        case (.reading, .consumed):
            return .takeResult
        case (.reading, .result(let status, let payload)):
            return take(status, payload)
        case (.reading, .noResult):
            state = .over
            return .finished
        default:
            return unexpected()
        }
    }

    private mutating func take(_ status: ResultStatus, _ payload: Payload) -> ConversationStep {
        switch status {
        case .copyIn where state == .starting(.reading):
            state = .open
            return .finished
        case .failure(let diagnostics):
            failure = failure ?? .server(diagnostics)
            return .takeResult
        case .command:
            result = payload
            return .takeResult
        case .rows, .emptyQuery:
            failure = failure ?? PostgresError(.usage, "the statement is not COPY FROM STDIN")
            return .takeResult
        default:
            state = .over
            return .failed(PostgresError(.protocol, "a result of a kind that does not belong here"))
        }
    }

    private mutating func unexpected() -> ConversationStep {
        state = .over
        return .failed(.unexpected(in: "copy"))
    }
}
