import Foundation
import Synchronization

/// A TCP proxy in front of a server that misbehaves on command: a network with faults.
///
/// It listens on a free port of 127.0.0.1 and gives every connection two threads, one for each direction, on plain
/// blocking sockets. Faults hold for the connections there are and those to come.
package final class FaultyProxy: Sendable {
    /// What happens to bytes.
    package enum Fault: Sendable, Equatable {
        /// They pass.
        case none
        /// They are held back, in both directions, for as long as the fault lasts.
        case stall
        /// They pass one at a time, so that every message arrives in pieces.
        case split
    }

    private struct State {
        var fault = Fault.none
        var refusesConnections = false
        var isStopped = false
        /// Open sockets, client and server of each connection side by side.
        var sockets: [Int32] = []
        /// Those of them that are to end with a reset.
        var beingReset: Set<Int32> = []
        var connectionCount = 0
        var refusalCount = 0
        var bytesFromClient = 0
    }

    /// The port clients connect to.
    package let port: Int

    private let listener: Int32
    private let target: UInt16
    private let state = Mutex(State())
    private let faultChanged = NSCondition()

    /// Starts a proxy in front of a port of 127.0.0.1.
    package init(target: UInt16) throws {
        self.target = target
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw POSIXError(.EMFILE) }
        var address = Self.loopback(port: 0)
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, listen(listener, 64) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = unsafe getsockname(listener, $0, &length)
            }
        }
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Foundation.Thread.detachNewThread { [weak self, listener] in
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { return }
                guard let self else {
                    close(client)
                    return
                }
                self.admit(client)
            }
        }
    }

    deinit { stop() }
}

/// Faults.
extension FaultyProxy {
    /// What happens to bytes from now on.
    package var fault: Fault {
        get { state.withLock { $0.fault } }
        set {
            faultChanged.lock()
            state.withLock { $0.fault = newValue }
            faultChanged.broadcast()
            faultChanged.unlock()
        }
    }

    /// Whether new connections are closed at once.
    package var refusesConnections: Bool {
        get { state.withLock { $0.refusesConnections } }
        set { state.withLock { $0.refusesConnections = newValue } }
    }

    /// Ends every connection in good order (FIN): the peer sees end of file.
    package func drop() {
        state.withLock { state in
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    /// Ends every connection with a reset (RST): the peer sees an error.
    package func reset() {
        state.withLock { state in
            var linger = linger(l_onoff: 1, l_linger: 0)
            for socket in state.sockets {
                unsafe setsockopt(
                    socket,
                    SOL_SOCKET,
                    SO_LINGER,
                    &linger,
                    socklen_t(MemoryLayout<Glibc.linger>.size)
                )
                // Wakes the thread that reads it; with no time to linger, closing is a reset.
                shutdown(socket, Int32(SHUT_RD))
                state.beingReset.insert(socket)
            }
        }
    }

    /// How many connections have been made.
    package var connectionCount: Int { state.withLock { $0.connectionCount } }

    /// How many sockets of connections it holds open now; they end on their own threads, a moment after ``stop()``.
    package var openSocketCount: Int { state.withLock { $0.sockets.count } }

    /// How many connections have been closed at once.
    package var refusalCount: Int { state.withLock { $0.refusalCount } }

    /// How many bytes clients have sent that went through.
    package var bytesFromClient: Int { state.withLock { $0.bytesFromClient } }

    /// Ends everything.
    package func stop() {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped
        }
        guard !wasStopped else { return }
        fault = .none
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        drop()
    }
}

/// Passing bytes on.
extension FaultyProxy {
    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private func admit(_ client: Int32) {
        let server = connectToTarget()
        let isAdmitted = state.withLock { state in
            guard !state.refusesConnections, !state.isStopped, server >= 0 else {
                state.refusalCount += 1
                return false
            }
            state.sockets += [client, server]
            state.connectionCount += 1
            return true
        }
        guard isAdmitted else {
            close(client)
            if server >= 0 { close(server) }
            return
        }
        let remaining = Countdown(2)
        for (source, sink) in [(client, server), (server, client)] {
            Foundation.Thread.detachNewThread { [weak self] in
                Self.relay(self, from: source, to: sink, isFromClient: source == client)
                self?.endDirection(from: source, to: sink)
                guard remaining.isLast() else { return }
                guard let self else {
                    close(client)
                    close(server)
                    return
                }
                // Forgotten and closed in one step, so that nobody counts or shuts down a number that is used again.
                self.state.withLock { state in
                    state.sockets.removeAll { $0 == client || $0 == server }
                    state.beingReset.subtract([client, server])
                    close(client)
                    close(server)
                }
            }
        }
    }

    /// Passes an end of file on, unless the connection is to end with a reset.
    private func endDirection(from source: Int32, to sink: Int32) {
        state.withLock { state in
            guard !state.beingReset.contains(source) else { return }
            shutdown(source, Int32(SHUT_RD))
            shutdown(sink, Int32(SHUT_WR))
        }
    }

    private func connectToTarget() -> Int32 {
        let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(port: target)
        let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isConnected { return server }
        close(server)
        return -1
    }

    /// Holds no reference to the proxy while it blocks, so that a proxy nobody uses any more can go.
    private static func relay(
        _ proxy: @autoclosure () -> FaultyProxy?,
        from source: Int32,
        to sink: Int32,
        isFromClient: Bool
    ) {
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = unsafe recv(source, &buffer, buffer.count, 0)
            guard count > 0, let fault = proxy()?.awaitPassage() else { return }
            if isFromClient { proxy()?.state.withLock { $0.bytesFromClient += count } }
            let step = fault == .split ? 1 : count
            for start in stride(from: 0, to: count, by: step) {
                guard send(buffer[start..<min(start + step, count)], to: sink) else { return }
            }
        }
    }

    /// Waits while bytes are held back.
    private func awaitPassage() -> Fault {
        faultChanged.lock()
        defer { faultChanged.unlock() }
        while fault == .stall { faultChanged.wait() }
        return fault
    }

    private static func send(_ bytes: ArraySlice<UInt8>, to sink: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer.dropFirst(sent))
                return unsafe Glibc.send(sink, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }
}

/// Counts down; the caller that reaches zero is told.
private final class Countdown: Sendable {
    private let remaining: Mutex<Int>

    init(_ count: Int) {
        remaining = Mutex(count)
    }

    func isLast() -> Bool {
        remaining.withLock { remaining in
            remaining -= 1
            return remaining == 0
        }
    }
}
