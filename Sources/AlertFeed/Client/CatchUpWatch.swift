/// Says once that a subscription has something to catch up on, and once that it has.
package struct CatchUpWatch: Sendable, Hashable {
    private var target: Int64?

    package init() {}

    /// Subscribed: behind this position, and so many positions behind the head.
    package mutating func subscribed(at: Int64, behind: Int64) -> String? {
        target = behind > 0 ? at + behind : nil
        return behind > 0 ? "catching up on \(behind) positions" : nil
    }

    package mutating func received(_ seq: Int64) -> String? {
        guard let target, seq >= target else { return nil }
        return caughtUp()
    }

    /// The server says a heartbeat when it has had nothing else to say: what is left was not for this reader.
    package mutating func heartbeat(canRead: Bool) -> String? {
        guard target != nil, canRead else { return nil }
        return caughtUp()
    }

    private mutating func caughtUp() -> String {
        target = nil
        return "caught up"
    }
}
