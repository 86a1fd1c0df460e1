import Safeguarding

/// Which scored items are of the same event (scoring.md section 3): a relation closed transitively, by union-find.
struct EventGroups {
    /// The event of each item, numbered from 0.
    private(set) var event: [Int32]
    private(set) var count = 0

    /// `items` must be in the order of `observed`, so that only neighbours of a sign or an originator need comparing.
    init(_ table: EvidenceTable, _ template: Template) {
        let items = table.scored
        var parents = Array(Int32(0)..<Int32(items.count))
        var ofReport = [Int32](repeating: -1, count: table.reports)
        var ofSign = [Int32](repeating: -1, count: template.tables.codes.count)
        var ofOriginator = [Int32](repeating: -1, count: table.originators)
        let sameSignSpan = template.tables.sameSignSpan
        let sameOriginatorSpan = template.tables.sameOriginatorSpan
        for index in items.indices {
            let item = items[index]
            let position = Int32(index)
            let sibling = ofReport[Int(item.report)]
            if sibling >= 0 {
                EventGroups.join(&parents, sibling, position)
            } else {
                ofReport[Int(item.report)] = position
            }
            if let span = sameSignSpan {
                let before = ofSign[Int(item.sign)]
                if before >= 0, item.observed - items[Int(before)].observed <= span {
                    EventGroups.join(&parents, before, position)
                }
                ofSign[Int(item.sign)] = position
            }
            if let span = sameOriginatorSpan, item.originator >= 0 {
                let before = ofOriginator[Int(item.originator)]
                if before >= 0, item.observed - items[Int(before)].observed <= span {
                    EventGroups.join(&parents, before, position)
                }
                ofOriginator[Int(item.originator)] = position
            }
        }
        event = [Int32](repeating: -1, count: items.count)
        var ofRoot = [Int32](repeating: -1, count: items.count)
        for index in items.indices {
            let root = Int(EventGroups.root(&parents, Int32(index)))
            if ofRoot[root] < 0 {
                ofRoot[root] = Int32(count)
                count += 1
            }
            event[index] = ofRoot[root]
        }
    }

    private static func root(_ parents: inout [Int32], _ start: Int32) -> Int32 {
        var current = start
        while parents[Int(current)] != current {
            parents[Int(current)] = parents[Int(parents[Int(current)])]
            current = parents[Int(current)]
        }
        return current
    }

    /// The earlier root stays the root: with path halving the chains stay short.
    private static func join(_ parents: inout [Int32], _ a: Int32, _ b: Int32) {
        let left = root(&parents, a)
        let right = root(&parents, b)
        if left < right { parents[Int(right)] = left } else { parents[Int(left)] = right }
    }
}
