/// Many commands sent without waiting for each other's results, closed by one synchronisation point.
///
/// Without BEGIN among them the commands are one transaction: the first error undoes all, and the server skips the
/// rest (34.5). What is unanswered and what is unwritten are both bounded, and reading goes on while writing, so neither
/// side can fill the other's buffers and block for good.
struct PipelineConversation<Payload>: Conversation {
    private enum State {
        case ready
        case sending
        case syncing
        case requestingFlush
        case flushing
        case reading
        case waiting
        case over
    }

    /// The most unanswered commands: their results may all have to be held here.
    static var defaultWindow: Int { 256 }
    /// The most bytes handed to libpq before they are written out: libpq would hold any amount.
    static var queueLimit: Int { 256 * 1024 }

    private let commandCount: Int
    private let window: Int
    private var state = State.ready
    private var flushing = Flushing()
    private var sent = 0
    private var answered = 0
    private var queuedBytes = 0
    private var isSynced = false

    /// What each command returned; nil where it failed or was skipped.
    private(set) var results: [Payload?]
    /// The first error and the number of its command.
    private(set) var failure: (command: Int, error: PostgresError)?

    /// - Parameter window: The most unanswered commands, at least 1.
    init(commandCount: Int, window: Int = Self.defaultWindow) {
        self.commandCount = commandCount
        self.window = max(window, 1)
        results = Array(repeating: nil, count: commandCount)
    }

    mutating func next(_ event: ConversationEvent<Payload>) -> ConversationStep {
        switch (state, event) {
        case (_, .lost(let error)):
            state = .over
            return .failed(failure?.error ?? error)
        case (.ready, .begin):
            return sendMore()
        case (.sending, .sent(let bytes)):
            sent += 1
            queuedBytes += bytes
            return sendMore()
        case (.syncing, .sent):
            isSynced = true
            return beginFlush()
        case (.requestingFlush, .sent):
            return beginFlush()
        case (.flushing, _):
            return flush(event)
        case (.waiting, .ready):
            state = .reading
            return .consume
        case (.reading, .consumed):
            return .takeResult
        case (.reading, .busy):
            state = .waiting
            return .want(.read)
        case (.reading, .result(let status, let payload)):
            return take(status, payload)
        case (.reading, .noResult):
            return finishCommand()
        default:
            state = .over
            return .failed(.unexpected(in: "pipeline"))
        }
    }

    /// Sends up to the window; the server sends results back only when asked to or at the synchronisation point.
    private mutating func sendMore() -> ConversationStep {
        if sent < commandCount, sent - answered < window {
            if queuedBytes >= Self.queueLimit { return beginFlush() }
            state = .sending
            return .send(sent)
        }
        if sent < commandCount {
            state = .requestingFlush
            return .sendFlushRequest
        }
        state = .syncing
        return .sendSync
    }

    private mutating func beginFlush() -> ConversationStep {
        state = .flushing
        queuedBytes = 0
        return flushing.begin()
    }

    private mutating func flush(_ event: ConversationEvent<Payload>) -> ConversationStep {
        if let step = flushing.next(event) { return step }
        guard !flushing.isActive else { return .failed(.unexpected(in: "pipeline")) }
        if sent < commandCount, sent - answered < window { return sendMore() }
        state = .reading
        return .takeResult
    }

    private mutating func take(_ status: ResultStatus, _ payload: Payload) -> ConversationStep {
        switch status {
        case .pipelineSync where isSynced && answered == commandCount:
            state = .over
            return .finished
        case .command, .rows, .emptyQuery:
            guard answered < commandCount else { break }
            results[answered] = payload
            return .takeResult
        case .failure(let diagnostics):
            // An error of the synchronisation itself, such as a deferred constraint, counts for the last command.
            let command = max(min(answered, commandCount - 1), 0)
            failure = failure ?? (command, .server(diagnostics))
            return .takeResult
        case .pipelineAborted:
            return .takeResult
        case .copyIn, .copyOut:
            state = .over
            return .failed(PostgresError(.usage, "COPY cannot be pipelined"))
        case .singleRow, .pipelineSync, .malformed:
            break
        }
        state = .over
        return .failed(PostgresError(.protocol, "a result of a kind that does not belong here"))
    }

    /// A command is answered; the next is sent once half the window is free, so as not to flush for every one.
    private mutating func finishCommand() -> ConversationStep {
        if answered < sent { answered += 1 }
        if sent < commandCount, sent - answered <= window / 2 { return sendMore() }
        return .takeResult
    }
}
