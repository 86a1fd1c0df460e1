import CLibPQ

/// Owns one `PGcancel`, libpq's key for cancelling what a connection is running.
///
/// `@unchecked Sendable`: the object is read-only after creation, and the manual calls `PQcancel` thread-safe, usable
/// from a thread other than the one that runs the connection (34.7).
@safe
struct CancelHandle: ~Copyable, @unchecked Sendable {
    private let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
        HandleCensus.add()
    }

    deinit {
        unsafe PQfreeCancel(pointer)
        HandleCensus.remove()
    }

    /// Asks the server to cancel, over a connection of its own.
    ///
    /// - Important: Blocks for as long as connecting takes, so only a dedicated thread may call it. Up to libpq 16 the
    ///   request is not encrypted; it carries the key of one running statement and nothing else.
    /// - Returns: Whether the request was delivered; the statement may have finished all the same.
    func cancel() -> Bool {
        // The manual recommends 256 bytes for the message, which is not kept: the outcome shows on the connection.
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { message in
            unsafe PQcancel(pointer, message.baseAddress, 256) == 1
        }
    }
}
