import AlertFeed
import Safeguarding
import Testing

@testable import placeguard

/// How mailboxes that are told by themselves count together.
struct MailProgressTests {
    private var progress = MailProgress(mailboxes: 2, every: .zero)

    private mutating func add(_ seqs: ClosedRange<Int64>, epoch: String = "e") {
        for seq in seqs {
            let event = FeedEvent(
                name: "mail",
                seq: seq,
                prev: seq - 1,
                type: "rising",
                alert: "alt_\(seq)",
                rev: 1,
                urgency: "high",
                at: Moment(seconds: 1_764_187_200),
                body: "{}"
            )
            progress.add(event, epoch: epoch)
        }
    }

    /// A mailbox takes what is due; answers the position that all are past then.
    private mutating func takes(_ mailbox: Int) -> String? {
        guard let batch = progress.due(mailbox, at: .zero) else { return "nothing is due" }
        return progress.past(batch, mailbox, at: .zero).map { "\($0.seq)@\($0.epoch)" }
    }

    private func spares(_ mailbox: Int, isForGood: Bool) -> Bool? {
        progress.due(mailbox, at: .zero).map { progress.spares(mailbox, $0, isForGood: isForGood) }
    }

    @Test mutating func `what all mailboxes have is acknowledged, and what one is told again is not told to another`() {
        add(1...2)
        #expect(takes(0) == nil)
        #expect(takes(0) == nil, "it goes on while the other is tried again")
        #expect(takes(0) == "nothing is due")
        add(1...2)
        #expect(takes(0) == "nothing is due", "what comes again after a break it has")
        #expect(takes(1) == "1@e")
        add(1...1, epoch: "f")
        #expect(takes(1) == "2@e")
        #expect(takes(1) == nil)
        #expect(takes(0) == "1@f")
    }

    @Test mutating func `a mailbox that refuses for good is spared what another has, and nothing that none has`() {
        add(1...2)
        #expect(spares(0, isForGood: true) == false && spares(1, isForGood: true) == false)
        #expect(takes(1) == nil)
        #expect(spares(0, isForGood: false) == false, "it may take it later")
        #expect(spares(0, isForGood: true) == true)
        #expect(takes(0) == "1@e")
        #expect(spares(0, isForGood: true) == false, "the second nobody has")
    }

    @Test mutating func `a mailbox that is away for long is spared what another has before it would stop the feed`() {
        add(1...Int64(MailProgress.longestQueue))
        #expect(takes(0) == nil)
        #expect(spares(1, isForGood: false) == false)
        add(501...501)
        #expect(spares(1, isForGood: false) == true)
        #expect(takes(1) == "1@e")
        #expect(spares(1, isForGood: false) == false)
        #expect(
            MailProgress.longestQueue + MailCollection.most
                < FeedClientSettings(host: "", port: 0, credential: nil).window
        )
    }

    @Test mutating func `what comes again after a failover is acknowledged once all have it, and told to nobody twice`()
    {
        add(1...2)
        #expect(takes(0) == nil && takes(0) == nil)
        add(1...3, epoch: "f")
        #expect(takes(1) == "1@e")
        #expect(takes(1) == "2@e")
        #expect(progress.due(1, at: .zero)?.events == [])
        #expect(takes(1) == nil && takes(1) == nil)
        #expect(progress.due(1, at: .zero)?.events.map(\.seq) == [3])
        #expect(takes(0) == "1@f" && takes(0) == "2@f")
        #expect(progress.due(0, at: .zero)?.events.map(\.seq) == [3])
    }

    @Test mutating func `with one mailbox nothing is ever spared`() {
        progress = MailProgress(mailboxes: 1, every: .zero)
        add(1...600)
        #expect(spares(0, isForGood: true) == false && spares(0, isForGood: false) == false)
        #expect(takes(0) == "1@e")
    }
}
