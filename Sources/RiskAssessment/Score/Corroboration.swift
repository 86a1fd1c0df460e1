import Safeguarding

/// Which items are lifted by an independent item of the same sign (scoring.md section 4).
///
/// Independent means a different agency and a different origin. In a window that slides along a sign's items the number
/// of independent ones is: all, less those of the agency, less those of the origin, plus those of both.
struct Corroboration {
    private let span: Int64
    private var ofAgency: [Int32]
    private var ofOrigin: [Int32]
    private var ofPair: [Int32]
    private let pairs: [Int32]
    private var inSpan = 0

    /// Marks the lifted items of a table.
    static func mark(_ table: inout EvidenceTable, _ lists: SignLists, _ tables: ScoreTables) {
        let lifts = tables.liftsFrom
        guard table.agencies > 1, table.scored.contains(where: { $0.information == lifts }) else { return }
        var corroboration = Corroboration(table, span: tables.corroborationSpan)
        table.update { items in
            for sign in lists.used where lists.range(of: sign).count > 1 {
                corroboration.lift(&items, lists.positions[lists.range(of: sign)], lifts)
            }
        }
    }

    private init(_ table: EvidenceTable, span: Int64) {
        self.span = span
        ofAgency = [Int32](repeating: 0, count: table.agencies)
        ofOrigin = [Int32](repeating: 0, count: table.origins)
        pairs = Corroboration.pairs(table)
        ofPair = [Int32](repeating: 0, count: (pairs.max().map { Int($0) } ?? -1) + 1)
    }

    /// A number for each item's agency and origin together: the origin's, unless one speaks through several agencies.
    private static func pairs(_ table: EvidenceTable) -> [Int32] {
        var agencies = [Int32](repeating: -1, count: table.origins)
        var isOneToOne = true
        for item in table.scored where agencies[Int(item.origin)] != item.agency {
            if agencies[Int(item.origin)] >= 0 { isOneToOne = false }
            agencies[Int(item.origin)] = item.agency
        }
        if isOneToOne { return table.scored.map(\.origin) }
        var numbers = Interner<Pair>()
        return table.scored.map { numbers.number(of: Pair(agency: $0.agency, origin: $0.origin)) }
    }

    private struct Pair: Hashable {
        var agency: Int32
        var origin: Int32
    }

    private mutating func lift(_ items: inout [ScoredItem], _ sign: ArraySlice<Int32>, _ lifts: InformationGrade) {
        var first = sign.startIndex
        var end = sign.startIndex
        for position in sign where items[Int(position)].information == lifts {
            let item = items[Int(position)]
            while end < sign.endIndex, items[Int(sign[end])].observed - item.observed <= span {
                add(items, Int(sign[end]), 1)
                end += 1
            }
            while item.observed - items[Int(sign[first])].observed > span {
                add(items, Int(sign[first]), -1)
                first += 1
            }
            let dependent =
                ofAgency[Int(item.agency)] + ofOrigin[Int(item.origin)] - ofPair[Int(pairs[Int(position)])]
            items[Int(position)].isLifted = inSpan > Int(dependent)
        }
        for index in first..<end { add(items, Int(sign[index]), -1) }
    }

    private mutating func add(_ items: [ScoredItem], _ position: Int, _ count: Int32) {
        inSpan += Int(count)
        ofAgency[Int(items[position].agency)] += count
        ofOrigin[Int(items[position].origin)] += count
        ofPair[Int(pairs[position])] += count
    }
}
