import Safeguarding
import Synchronization

/// The most recent events of each view as bytes, so that each row is encoded once however many subscribers it has.
///
/// A hit needs the whole row to be equal, not only its position, so the cache can never show one reader what another's
/// query returned.
final class EncodedEventCache: Sendable {
    private struct Slot {
        var event: LoggedEvent
        var encoded: EncodedEvent
    }

    private let capacity: Int
    private let slots: Mutex<[View: [Slot?]]>

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        let empty = [Slot?](repeating: nil, count: max(1, capacity))
        slots = Mutex([.open: empty, .full: empty])
    }

    func encode(_ events: [LoggedEvent], in view: View) -> [EncodedEvent] {
        var encoded = slots.withLock { slots in
            events.map { event in
                guard let slot = slots[view]?[index(event)], slot.event == event else { return nil as EncodedEvent? }
                return slot.encoded
            }
        }
        guard encoded.contains(where: { $0 == nil }) else { return encoded.compactMap(\.self) }
        for (index, event) in events.enumerated() where encoded[index] == nil { encoded[index] = EncodedEvent(event) }
        let complete = encoded.compactMap(\.self)
        slots.withLock { slots in
            for (event, encoded) in zip(events, complete) {
                slots[view]?[index(event)] = Slot(event: event, encoded: encoded)
            }
        }
        return complete
    }

    private func index(_ event: LoggedEvent) -> Int { Int(event.seq.magnitude % UInt64(capacity)) }
}
