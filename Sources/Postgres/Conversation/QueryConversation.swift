/// One request and all its results: a prepared or parsed statement, a PREPARE, or a script of several statements.
///
/// Results are read to their end whatever happens, since the next request may only be sent then. The first error is
/// kept; a script's statements after it do not run.
struct QueryConversation<Payload>: Conversation {
    private enum State {
        case ready
        case sending
        case flushing
        case reading
        case waiting
        /// A COPY that nobody asked for is being refused.
        case refusingCopy
        case over
    }

    private var state = State.ready
    private var flushing = Flushing()

    /// The results that were not errors, in order.
    private(set) var results: [Payload] = []
    /// The first error of the server.
    private(set) var failure: PostgresError?
    /// With true, stops as soon as there are rows, to be called again with `begin`.
    private let isIncremental: Bool

    /// - Parameter isIncremental: Whether the caller takes rows while they come, in single-row mode.
    init(isIncremental: Bool = false) {
        self.isIncremental = isIncremental
    }

    /// Whether all results have been read.
    var isOver: Bool { state == .over }

    /// Takes the rows received so far out of the conversation.
    mutating func takeResults() -> [Payload] {
        defer { results = [] }
        return results
    }

    mutating func next(_ event: ConversationEvent<Payload>) -> ConversationStep {
        switch (state, event) {
        case (_, .lost(let error)):
            state = .over
            return .failed(failure ?? error)
        case (.ready, .begin):
            state = .sending
            return .send(0)
        case (.sending, .sent):
            state = .flushing
            return flushing.begin()
        case (.flushing, _):
            return flush(event)
        case (.waiting, .ready):
            state = .reading
            return .consume
        case (.reading, .begin), (.reading, .consumed):
            return .takeResult
        case (.reading, .busy):
            return wait()
        case (.reading, .result(let status, let payload)):
            return take(status, payload)
        case (.reading, .noResult):
            state = .over
            return .finished
        case (.refusingCopy, .put(let status)):
            return endRefusedCopy(status)
        default:
            state = .over
            return .failed(.unexpected(in: "query"))
        }
    }

    private mutating func flush(_ event: ConversationEvent<Payload>) -> ConversationStep {
        if let step = flushing.next(event) { return step }
        guard !flushing.isActive else { return .failed(.unexpected(in: "query")) }
        state = .reading
        return .takeResult
    }

    /// Nothing complete has arrived: pause with the rows there are, else wait for more.
    private mutating func wait() -> ConversationStep {
        if isIncremental, !results.isEmpty { return .finished }
        state = .waiting
        return .want(.read)
    }

    private mutating func take(_ status: ResultStatus, _ payload: Payload) -> ConversationStep {
        switch status {
        case .command, .rows, .emptyQuery:
            results.append(payload)
        case .singleRow:
            results.append(payload)
            if isIncremental, results.count >= Self.rowsAtOnce { return .finished }
        case .failure(let diagnostics):
            failure = failure ?? .server(diagnostics)
        case .copyIn:
            failure = failure ?? PostgresError(.usage, "COPY FROM STDIN needs copyIn")
            state = .refusingCopy
            return .putEnd(abortingBecause: "not expected")
        case .copyOut:
            state = .over
            return .failed(PostgresError(.usage, "COPY TO STDOUT is not supported"))
        case .pipelineSync, .pipelineAborted, .malformed:
            state = .over
            return .failed(PostgresError(.protocol, "a result of a kind that does not belong here"))
        }
        return .takeResult
    }

    private mutating func endRefusedCopy(_ status: PutStatus) -> ConversationStep {
        guard status == .accepted else {
            state = .over
            return .failed(PostgresError(.protocol, "libpq did not end an unexpected COPY"))
        }
        state = .flushing
        return flushing.begin()
    }

    /// Rows handed out together, so that each is not a switch of tasks; results of one row are a few KiB each.
    private static var rowsAtOnce: Int { 64 }
}
