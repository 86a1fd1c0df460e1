/// Who waits for what until when: the reactor's memory, without any I/O.
struct ReadinessTable {
    private struct Slot {
        var generation: UInt32
        var descriptor: Int32?
        var wait: Wait?
    }

    private struct Wait {
        var deadline: ContinuousClock.Instant?
        var callback: WaitCallback
    }

    /// What has to be done outside the table after a wait was recorded.
    struct Armed {
        var descriptor: Int32
        var displaced: WaitCallback?
        /// Whether the reactor must be woken because it would sleep past the new deadline.
        var wakes: Bool
    }

    private var slots: [Slot] = []
    private var free: [UInt32] = []
    private var timers: [UInt64: Wait] = [:]
    private var timersMade: UInt64 = 0
    /// When the reactor next looks for passed deadlines: at the earliest of those known, or before it.
    ///
    /// It is lowered as deadlines come in, and computed anew only when it is reached. A deadline that is given up does
    /// not raise it; so a busy connection, whose deadlines are always later, never makes the reactor wake for them.
    private(set) var nextCheck: ContinuousClock.Instant?

    /// The number of descriptors being watched.
    var descriptorCount: Int { slots.count - free.count }
}

/// Descriptors.
extension ReadinessTable {
    mutating func register(_ descriptor: Int32) -> ReadinessToken {
        if let slot = free.popLast() {
            slots[Int(slot)].descriptor = descriptor
            return ReadinessToken(slot: slot, generation: slots[Int(slot)].generation)
        }
        slots.append(Slot(generation: 0, descriptor: descriptor))
        return ReadinessToken(slot: UInt32(slots.count - 1), generation: 0)
    }

    /// Forgets a descriptor; nil if the token is out of date.
    mutating func deregister(_ token: ReadinessToken) -> (descriptor: Int32, callback: WaitCallback?)? {
        guard let descriptor = descriptor(of: token) else { return nil }
        let index = Int(token.slot)
        let callback = slots[index].wait?.callback
        slots[index] = Slot(generation: slots[index].generation &+ 1, descriptor: nil, wait: nil)
        free.append(token.slot)
        return (descriptor, callback)
    }

    /// Records a wait; nil if the token is out of date.
    mutating func arm(
        _ token: ReadinessToken,
        deadline: ContinuousClock.Instant?,
        _ callback: @escaping WaitCallback
    ) -> Armed? {
        guard let descriptor = descriptor(of: token) else { return nil }
        let displaced = take(token)
        slots[Int(token.slot)].wait = Wait(deadline: deadline, callback: callback)
        return Armed(descriptor: descriptor, displaced: displaced, wakes: lowerNextCheck(to: deadline))
    }

    /// Ends the wait on a token and hands back whom to call.
    mutating func take(_ token: ReadinessToken) -> WaitCallback? {
        guard descriptor(of: token) != nil else { return nil }
        defer { slots[Int(token.slot)].wait = nil }
        return slots[Int(token.slot)].wait?.callback
    }

    private func descriptor(of token: ReadinessToken) -> Int32? {
        guard token.slot < slots.count, slots[Int(token.slot)].generation == token.generation else { return nil }
        return slots[Int(token.slot)].descriptor
    }
}

/// Timers and deadlines.
extension ReadinessTable {
    mutating func makeTimer() -> ReadinessTimer {
        timersMade += 1
        return ReadinessTimer(id: timersMade)
    }

    mutating func schedule(
        _ timer: ReadinessTimer,
        at deadline: ContinuousClock.Instant,
        _ callback: @escaping WaitCallback
    ) -> (displaced: WaitCallback?, wakes: Bool) {
        let displaced = timers.updateValue(Wait(deadline: deadline, callback: callback), forKey: timer.id)
        return (displaced?.callback, lowerNextCheck(to: deadline))
    }

    mutating func unschedule(_ timer: ReadinessTimer) -> WaitCallback? {
        timers.removeValue(forKey: timer.id)?.callback
    }

    /// Ends everything whose deadline has passed and hands back whom to call.
    mutating func expire(at now: ContinuousClock.Instant) -> [WaitCallback] {
        guard let check = nextCheck, check <= now else { return [] }
        var expired: [WaitCallback] = []
        var earliest: ContinuousClock.Instant?
        func isDue(_ deadline: ContinuousClock.Instant) -> Bool {
            if deadline <= now { return true }
            earliest = earliest.map { min($0, deadline) } ?? deadline
            return false
        }
        for index in slots.indices {
            guard let wait = slots[index].wait, let deadline = wait.deadline, isDue(deadline) else { continue }
            expired.append(wait.callback)
            slots[index].wait = nil
        }
        for (id, wait) in timers {
            guard let deadline = wait.deadline, isDue(deadline) else { continue }
            expired.append(wait.callback)
            timers[id] = nil
        }
        nextCheck = earliest
        return expired
    }

    /// Ends everything, for good.
    mutating func removeAll() -> [WaitCallback] {
        let callbacks = slots.compactMap { $0.wait?.callback } + timers.values.map(\.callback)
        for index in slots.indices { slots[index].wait = nil }
        timers = [:]
        nextCheck = nil
        return callbacks
    }

    private mutating func lowerNextCheck(to deadline: ContinuousClock.Instant?) -> Bool {
        guard let deadline else { return false }
        if let nextCheck, nextCheck <= deadline { return false }
        nextCheck = deadline
        return true
    }
}
