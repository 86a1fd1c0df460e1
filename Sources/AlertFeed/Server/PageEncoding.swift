import Safeguarding

/// Makes the lines of pages that were read together, so that those of the same events are encoded once for all who are sent them.
enum PageEncoding {
    static func outcomes(of pages: [Result<EventPage, FeedRefusal>], for reads: [PageRead]) -> [PageOutcome] {
        var known: [(events: [LoggedEvent], lines: UnsentEvents)] = []
        let name = mostCommonName(of: reads)
        return pages.map { page in
            switch page {
            case .failure(let refusal): return .refused(refusal)
            case .success(let page):
                // Quick, since readers who shared a look share the array too; equal in all that is said, so that nobody is shown
                // what another's query returned.
                let events: UnsentEvents
                if reads.count == 1 {
                    events = .rows(ofPage: page.events)
                } else if let same = known.first(where: { $0.events == page.events }) {
                    events = same.lines
                } else {
                    events = .lines(EventRun(page.events, name: name))
                    known.append((page.events, events))
                }
                let readTo = events.count < page.events.count ? events.last : page.readTo
                return .read(events: events, readTo: readTo ?? page.readTo, position: page.position)
            }
        }
    }

    private static func mostCommonName(of reads: [PageRead]) -> String? {
        var counts: [String: Int] = [:]
        for read in reads { counts[read.subscription.name, default: 0] += 1 }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }
}
