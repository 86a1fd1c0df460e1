/// Notifications.
extension Session {
    /// Subscribes to channels; from now on notifications are passed on as they are read.
    func listen(
        to channels: [String],
        _ onNotification: @escaping @Sendable (Notification) -> Void
    ) async throws(PostgresError) {
        var commands: [String] = []
        for channel in channels {
            guard let identifier = link.handle.quoteIdentifier(channel) else {
                throw PostgresError(.usage, "a channel name is not valid text")
            }
            commands.append("LISTEN \(identifier)")
        }
        self.onNotification = onNotification
        try await script(commands.joined(separator: ";"))
    }

    /// Waits for notifications until the connection fails or the task is cancelled; closes the connection.
    ///
    /// - Returns: Why it ended.
    func awaitNotifications(probeInterval: Duration, probeTimeout: Duration) async -> PostgresError {
        var conversation = ListenConversation()
        var event = ListenConversation.Event.begin
        while true {
            switch conversation.next(event) {
            case .takeNotifications:
                drainNotifications()
                event = .taken
            case .want(let interest):
                event = await waitForNotifications(interest, for: probeInterval)
            case .consume:
                event = link.handle.consumeInput() ? .consumed : .lost
            case .probe:
                event = await probe(within: probeTimeout) ? .probed : .lost
            case .failed:
                let error = closure ?? (Task.isCancelled ? .cancelledListening : lossError())
                close(error)
                return error
            }
        }
    }

    private func waitForNotifications(
        _ interest: Interest,
        for interval: Duration
    ) async -> ListenConversation.Event {
        let deadline = ContinuousClock.now + interval
        switch await readiness.wait(link.token, for: interest, deadline: deadline, cancellable: true) {
        case .ready: return .ready
        case .timedOut: return .timedOut
        case .cancelled, .stopped: return .lost
        }
    }
}

extension PostgresError {
    fileprivate static let cancelledListening = PostgresError(.cancelled, "cancelled while listening")
}
