import Crypto
import Safeguarding
import Synchronization

/// Credentials that were found good a moment ago, by the digest of the token.
///
/// Only good ones: a bad token always costs the full check. A revoked one is let in for at most `lifetime` more.
final class CredentialCache: Sendable {
    /// More tokens than partners have in use at once; beyond it the cache begins anew.
    private static let capacity = 4_096

    private struct Entry {
        var principal: Principal
        var until: ContinuousClock.Instant
    }

    private let lifetime: Duration
    private let entries = Mutex<[SHA256Digest: Entry]>([:])

    init(lifetime: Duration) {
        self.lifetime = lifetime
    }

    func principal(_ digest: SHA256Digest, now: ContinuousClock.Instant) -> Principal? {
        entries.withLock { entries in
            guard let entry = entries[digest] else { return nil }
            if now < entry.until { return entry.principal }
            entries[digest] = nil
            return nil
        }
    }

    func keep(_ principal: Principal, for digest: SHA256Digest, now: ContinuousClock.Instant) {
        entries.withLock { entries in
            if entries.count >= CredentialCache.capacity {
                entries = entries.filter { now < $0.value.until }
                if entries.count >= CredentialCache.capacity { entries.removeAll(keepingCapacity: true) }
            }
            entries[digest] = Entry(principal: principal, until: now + lifetime)
        }
    }
}
