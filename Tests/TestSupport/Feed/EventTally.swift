/// What one reader was sent under one name, over one subscription after the other, and what of it is wrong.
package struct EventTally: Sendable {
    /// Positions in the order in which they came, of each subscription.
    package private(set) var subscriptions: [[Int64]] = []
    /// Events that did not follow what came before them on their subscription: by `prev`, or by not rising.
    package private(set) var disordered: [Int64] = []
    /// The last position of this subscription; at first where it began.
    package private(set) var last: Int64 = 0

    package init() {}

    /// A subscription begins behind a position, `at` of its answer.
    package mutating func begins(at position: Int64) {
        subscriptions.append([])
        last = position
    }

    /// Takes the next line of the subscription; what is no event is passed over.
    package mutating func take(_ line: String) {
        guard let seq = Self.position(of: line), !subscriptions.isEmpty else { return }
        if Self.number(3, of: line) != last || seq <= last { disordered.append(seq) }
        subscriptions[subscriptions.count - 1].append(seq)
        last = seq
    }

    /// Takes all that a subscription was told.
    package mutating func take(_ lines: [String], from position: Int64) {
        begins(at: position)
        for line in lines { take(line) }
    }

    /// Positions that were logged and never came.
    package func lost(of logged: some Sequence<Int64>) -> [Int64] {
        let received = Set(subscriptions.joined())
        return logged.filter { !received.contains($0) }
    }

    /// Positions that came again, each as often as it did.
    package var repeated: [Int64] {
        var seen: Set<Int64> = []
        return subscriptions.joined().filter { !seen.insert($0).inserted }
    }

    /// The position on an EVT line; nil for any other line.
    package static func position(of line: String) -> Int64? {
        line.hasPrefix("EVT ") ? number(2, of: line) : nil
    }

    private static func number(_ word: Int, of line: String) -> Int64? {
        let words = line.split(separator: " ", maxSplits: word + 1, omittingEmptySubsequences: false)
        return words.indices.contains(word) ? Int64(words[word]) : nil
    }
}
