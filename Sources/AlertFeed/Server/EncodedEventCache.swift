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
    ///
    /// - Parameter keeping: Whether others will be sent the same soon; who catches up alone would only push out what they need.
    func encode(
        _ pages: [Result<EventPage, FeedRefusal>],
        of reads: [PageRead],
        keeping: Bool = true
    ) -> [PageOutcome] {
        var known: [(view: View, events: [LoggedEvent], run: EventRun)] = []
        let name = Self.mostCommonName(of: reads)
        return zip(pages, reads).map { page, read in
            switch page {
            case .failure(let refusal): return .refused(refusal)
            case .success(let page):
                let view = read.subscription.view
                // Quick, since readers who shared a look share the array too.
                let same = known.first { $0.view == view && $0.events == page.events }
                let run =
                    same?.run
                    ?? EventRun(
                        keeping ? encode(page.events, in: view) : page.events.map { EncodedEvent($0) },
                        name: name
                    )
                if same == nil { known.append((view, page.events, run)) }
                let readTo = run.count < page.events.count ? run.last : page.readTo
                return .read(events: run, readTo: readTo ?? page.readTo, position: page.position)
            }
        }
    }

    private static func mostCommonName(of reads: [PageRead]) -> String? {
        var counts: [String: Int] = [:]
        for read in reads { counts[read.subscription.name, default: 0] += 1 }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
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
