import Synchronization

/// Counts the libpq objects that are alive, so that a test can prove that none is leaked.
enum HandleCensus {
    private static let objects = Atomic<Int>(0)

    /// Every object of libpq that has been made and not yet freed.
    static var alive: Int { objects.load(ordering: .relaxed) }

    /// An object has been made.
    static func add() { objects.add(1, ordering: .relaxed) }

    /// An object has been freed.
    static func remove() { objects.subtract(1, ordering: .relaxed) }
}
