/// The scored items of each sign, in the order of `observed`: a counting sort.
struct SignLists {
    /// Positions in the table, sign by sign.
    private(set) var positions: [Int32]
    /// Where each sign's positions begin; one more than there are signs.
    private var starts: [Int32]
    /// The signs that have items, in the order of the catalogue.
    private(set) var used: [Int] = []

    init(_ items: [ScoredItem], signs: Int) {
        starts = [Int32](repeating: 0, count: signs + 1)
        for item in items { starts[Int(item.sign) + 1] += 1 }
        for sign in 0..<signs {
            if starts[sign + 1] > 0 { used.append(sign) }
            starts[sign + 1] += starts[sign]
        }
        var next = starts
        positions = [Int32](repeating: 0, count: items.count)
        for index in items.indices {
            let sign = Int(items[index].sign)
            positions[Int(next[sign])] = Int32(index)
            next[sign] += 1
        }
    }

    /// The part of `positions` that belongs to a sign.
    func range(of sign: Int) -> Range<Int> { Int(starts[sign])..<Int(starts[sign + 1]) }
}
