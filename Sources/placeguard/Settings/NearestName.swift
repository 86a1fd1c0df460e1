/// Finds what somebody probably meant.
enum NearestName {
    /// The candidate with the fewest edits away from `name`; the first one where several are equally near.
    static func to(_ name: String, among candidates: [String]) -> String? {
        candidates.min { edits(name, $0) < edits(name, $1) }
    }

    /// Insertions, deletions and substitutions between two names, capital letters counting as small ones (Levenshtein).
    static func edits(_ a: String, _ b: String) -> Int {
        let a = Array(a.lowercased().utf8)
        let b = Array(b.lowercased().utf8)
        var previous = Array(0...b.count)
        for (i, byte) in a.enumerated() {
            var current = [i + 1]
            for (j, other) in b.enumerated() {
                current.append(min(previous[j + 1] + 1, current[j] + 1, previous[j] + (byte == other ? 0 : 1)))
            }
            previous = current
        }
        return previous[b.count]
    }
}
