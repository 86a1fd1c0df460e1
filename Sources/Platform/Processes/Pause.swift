import Dispatch

/// Waiting that a cancelled task can still do: for clean-up that has to watch something end.
package enum Pause {
    /// Suspends for at least `duration`, also when the task is cancelled.
    ///
    /// Holds no thread.
    package static func uncancellable(_ duration: Duration) async {
        let nanoseconds = Int(clamping: duration.wholeMicroseconds * 1_000)
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            DispatchQueue.global().asyncAfter(deadline: .now() + .nanoseconds(nanoseconds)) { continuation.resume() }
        }
    }
}
