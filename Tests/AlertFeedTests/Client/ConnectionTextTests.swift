import Testing

@testable import AlertFeed

/// What a person is told about the connection, and when.
struct ConnectionTextTests {
    @Test func `silence is told once, outlives the broken link, and ends only when something is heard`() {
        var watch = SilenceWatch()
        #expect(watch.look(at: nil) == nil)
        #expect(watch.look(at: .seconds(44)) == nil)
        #expect(watch.look(at: .seconds(45)) == .fellSilent)
        for seconds in [46, 60, 61, 4_000] { #expect(watch.look(at: .seconds(seconds)) == nil) }
        #expect(watch.look(at: .milliseconds(5)) == .heardAgain)
        #expect(watch.look(at: .seconds(1)) == nil)
    }

    @Test func `catching up is told with its end`() {
        var watch = CatchUpWatch()
        #expect(watch.subscribed(at: 10, behind: 0) == nil)
        #expect(watch.received(11) == nil)
        #expect(watch.subscribed(at: 10, behind: 3) == "catching up on 3 positions")
        #expect(watch.received(12) == nil)
        #expect(watch.received(13) == "caught up")
        #expect(watch.received(14) == nil)
    }

    @Test func `where the last events are for others a heartbeat ends the catching up`() {
        var watch = CatchUpWatch()
        _ = watch.subscribed(at: 10, behind: 3)
        #expect(watch.heartbeat(canRead: false) == nil)
        #expect(watch.heartbeat(canRead: true) == "caught up")
        #expect(watch.heartbeat(canRead: true) == nil)
    }

    @Test func `a break in the numbers says why, what was shown last, and where it goes on`() {
        let moved = ConnectionText.movedOn(FeedBreak(cause: .epochChanged, processed: 8, from: 5))
        #expect(moved.contains("may be missing there; the last event handled here was 8; going on behind position 5."))
        let old = ConnectionText.movedOn(FeedBreak(cause: .tooOld, processed: nil, from: nil))
        #expect(
            old
                == "away for longer than the log is kept; going on at the oldest event that is kept. The list of what is open tells the rest"
        )
        #expect(
            ConnectionText.disconnected("lo\u{1B}st", pause: .seconds(3))
                == "disconnected (lo\\u{1b}st), trying again in 3 s"
        )
    }
}
