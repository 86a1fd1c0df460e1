// What acknowledgements cost: the rate of commands, and a place in the database.
extension SessionMachine {
    /// Whether a line acknowledges what none before it did: such are free, since there are no more of them than events, and a
    /// limit on them would be one on how fast a reader catches up. One that is repeated, as after a 503, is a command.
    mutating func isProgress(_ request: Result<TaggedCommand, CommandError>) -> Bool {
        guard let (index, seq) = newlyAcknowledged(by: request) else { return false }
        return subscriptions[index].asksFirst(seq)
    }

    /// Acknowledgements are cumulative, and silent without a tag: one that the next line goes beyond need not be made durable
    /// by itself, if that line will be obeyed.
    func isSuperseded(
        _ request: Result<TaggedCommand, CommandError>,
        by next: ReceivedLine?,
        at now: FeedInstant
    ) -> Bool {
        guard request.tag == nil, let (index, seq) = newlyAcknowledged(by: request), case .line(let text)? = next else {
            return false
        }
        let later = SessionMachine.parse(text)
        guard later.tag == nil, let (laterIndex, laterSeq) = newlyAcknowledged(by: later), laterIndex == index,
            laterSeq >= seq
        else { return false }
        var rate = rate
        return laterSeq > subscriptions[index].asked || rate.take(at: now) == nil
    }

    /// The subscription and the position that a line would move it to.
    private func newlyAcknowledged(by request: Result<TaggedCommand, CommandError>) -> (index: Int, seq: Int64)? {
        guard isLoggedIn, case .success(let request) = request,
            case .acknowledge(let name, let seq) = request.command, let index = index(of: name),
            subscriptions[index].check(acknowledgement: seq) == .new
        else { return nil }
        return (index, seq)
    }
}
