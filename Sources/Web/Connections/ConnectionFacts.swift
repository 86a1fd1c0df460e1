import Synchronization

/// What a request may know of the connection it came on.
final class ConnectionFacts: Sendable {
    /// The connection of the request that the current task answers; nil where there is no socket (tests of the router).
    @TaskLocal static var current: ConnectionFacts?

    /// Textual address of the peer.
    let address: String
    private let begun = Atomic<Int>(0)
    private let completed = Atomic<Int>(0)

    init(address: String) {
        self.address = address
    }

    /// The answer to the next request begins; requests of a connection are answered one after another.
    func requestBegan() { begun.wrappingAdd(1, ordering: .relaxed) }

    /// The last part of a request has come in.
    ///
    /// Called on the event loop, before that part is handed on.
    func requestCompleted() { completed.wrappingAdd(1, ordering: .releasing) }

    /// Whether the body of the request being answered has come in whole; false also where the connection broke off.
    var isBodyComplete: Bool { completed.load(ordering: .acquiring) >= begun.load(ordering: .relaxed) }
}
