import CLibPQ
import Glibc

/// Starts threads of the operating system, for the few calls that must not run on Swift's own.
enum Thread {
    /// What the new thread runs, handed over through a C pointer.
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Starts a thread, to be joined or detached; signals are left to the threads that were there before.
    ///
    /// - Parameter name: At most 15 bytes, for debuggers and `ps`.
    static func start(
        _ name: StaticString,
        _ run: @escaping @Sendable () -> Void
    ) throws(PostgresError) -> pthread_t {
        let body = unsafe Unmanaged.passRetained(
            Body {
                unsafe pthread_setname_np(
                    pthread_self(),
                    UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
                )
                run()
            }
        )
        var everySignal = sigset_t()
        var signalsBefore = sigset_t()
        unsafe sigfillset(&everySignal)
        // A thread inherits the mask of its maker.
        unsafe pthread_sigmask(SIG_SETMASK, &everySignal, &signalsBefore)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &signalsBefore, nil) }

        var thread = pthread_t()
        let failure = unsafe pthread_create(
            &thread,
            nil,
            { context in
                if let context = unsafe context {
                    unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                }
                return nil
            },
            body.toOpaque()
        )
        guard failure == 0 else {
            unsafe body.release()
            throw PostgresError(.connection, "the system refused a thread (errno \(failure))")
        }
        return thread
    }
}
