/// What a conversation waits for on a socket, and what the socket turned out to be ready for.
package struct Interest: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let read = Interest(rawValue: 1)
    package static let write = Interest(rawValue: 2)
    package static let readWrite: Interest = [.read, .write]
}

/// How a wait ended.
package enum WaitOutcome: Equatable, Sendable {
    case ready(Interest)
    case timedOut
    /// The waiting task was cancelled, or another wait took this one's place.
    case cancelled
    /// The reactor was stopped, or no longer watches the descriptor.
    case stopped
}

/// A watched descriptor: a place in the reactor's table and the generation of its use.
///
/// The generation tells a late event of a closed socket from one of the socket that got the same place or number.
package struct ReadinessToken: Hashable, Sendable {
    let slot: UInt32
    let generation: UInt32

    init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    init(bits: UInt64) {
        slot = UInt32(truncatingIfNeeded: bits)
        generation = UInt32(truncatingIfNeeded: bits >> 32)
    }

    /// The token as the 64 bits that epoll keeps beside a descriptor.
    var bits: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// A timer, set or not.
package struct ReadinessTimer: Hashable, Sendable {
    let id: UInt64
}

/// What a wait calls back, once, on whichever thread ends it: short, and never blocking.
package typealias WaitCallback = @Sendable (WaitOutcome) -> Void
