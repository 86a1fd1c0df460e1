import Logging
import NIOPosix
import NIOSSL
import Safeguarding
import Synchronization

/// The server's certificate as new connections get it; a renewed file is taken up without a restart.
///
/// A file that cannot be read, or a key that does not belong to its certificate, changes nothing and is said in the log: the
/// old certificate serves on, and running connections are never touched.
final class TLSIdentity: Sendable {
    private struct State {
        var context: NIOSSLContext
        var material: FeedTLS.Material
    }

    private let files: FeedTLS
    private let logger: Logger
    private let state: Mutex<State>

    /// - Throws: `FeedServerError.badCertificate`.
    init(_ files: FeedTLS, logger: Logger) async throws {
        self.files = files
        self.logger = logger
        let (material, context) = try await files.load()
        state = Mutex(State(context: context, material: material))
    }

    var context: NIOSSLContext { state.withLock { $0.context } }

    /// Looks at the files every so many rings.
    func followFiles(every ticks: Int, of tick: Doorbell) async {
        var seen = tick.count
        var next = seen + UInt64(max(1, ticks))
        while !Task.isCancelled {
            seen = await tick.wait(after: seen)
            guard seen >= next else { continue }
            next = seen + UInt64(max(1, ticks))
            await refresh()
        }
    }

    private func refresh() async {
        do {
            let material = try await files.read()
            guard material != state.withLock({ $0.material }) else { return }
            let context = try await material.makeContext()
            state.withLock { $0 = State(context: context, material: material) }
            logger.notice("feed: the certificate was renewed")
        } catch {
            logger.error("feed: the renewed certificate cannot be used, the old one serves on")
        }
    }
}

extension FeedTLS {
    /// The files' bytes.
    struct Material: Sendable, Hashable {
        var certificate: [UInt8]
        var key: [UInt8]
        var clientAuthority: [UInt8]?
    }

    /// Reads the files and makes a context of them.
    ///
    /// - Throws: `FeedServerError.badCertificate`; the library's own error would name paths.
    func load() async throws -> (Material, NIOSSLContext) {
        let material = try await read()
        return (material, try await material.makeContext())
    }
}

extension Optional {
    func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async throws -> Result? {
        guard let value = self else { return nil }
        return try await transform(value)
    }
}
