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

    /// Pages that were read together; those of the same events share what was encoded.
    func encode(_ pages: [Result<EventPage, FeedRefusal>], of reads: [PageRead]) -> [PageOutcome] {
        var known: [(view: View, events: [LoggedEvent], run: EventRun)] = []
        return zip(pages, reads).map { page, read in
            switch page {
            case .failure(let refusal): return .refused(refusal)
            case .success(let page):
                let view = read.subscription.view
                // Quick, since readers who shared a look share the array too.
                let same = known.first { $0.view == view && $0.events == page.events }
                let run = same?.run ?? EventRun(encode(page.events, in: view))
                if same == nil { known.append((view, page.events, run)) }
                let readTo = run.count < page.events.count ? run.last : page.readTo
                return .read(events: run, readTo: readTo ?? page.readTo, position: page.position)
            }
        }
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
