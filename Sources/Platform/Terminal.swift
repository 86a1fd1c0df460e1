import Glibc

/// A standard stream, and whether a person sits at the other end of it.
package struct Terminal: Sendable {
    /// The streams every process is born with.
    package enum Stream: Int32, Sendable {
        case input = 0
        case output = 1
        case error = 2
    }

    private let stream: Stream
    private let environment: [String: String]

    /// Looks at one stream.
    ///
    /// `environment` decides on colour and gives a width where the terminal has none.
    package init(_ stream: Stream, environment: [String: String] = [:]) {
        self.stream = stream
        self.environment = environment
    }

    /// True when the stream is a terminal.
    package var isInteractive: Bool { isatty(stream.rawValue) == 1 }

    /// True when colour is wanted: a terminal, not a dumb one, and `NO_COLOR` not set (https://no-color.org).
    package var wantsColour: Bool {
        isInteractive && environment["TERM"] != "dumb" && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// How many columns there are: what the terminal says, else `COLUMNS`, else 80.
    ///
    /// Never under 20, so that layouts need no special case.
    package var width: Int {
        var size = winsize()
        let known = unsafe ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        let columns = known ? Int(size.ws_col) : environment["COLUMNS"].flatMap { Int($0) } ?? 80
        return min(max(columns, 20), 1_000)
    }

    /// What has been typed, waiting where nothing has; none at the end, which a terminal that is gone is too.
    package func read() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(stream.rawValue, $0.baseAddress, $0.count)
            }
            guard count < 0 else { return Array(bytes.prefix(count)) }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                var waiting = pollfd(fd: stream.rawValue, events: Int16(POLLIN), revents: 0)
                _ = unsafe poll(&waiting, 1, -1)
            default: return []
            }
        }
    }

    /// Writes text with one call where the kernel lets it, so that lines of several threads do not mix.
    ///
    /// Failures are not reported: for notes, where there is nowhere left to report them to.
    package func write(_ text: String) { try? writeAll(text) }

    /// Writes all of the text, or throws: for what must not count as told unless it was.
    ///
    /// Waits where the stream takes no more for now.
    package func writeAll(_ text: String) throws(SystemError) {
        var remaining = Array(text.utf8)[...]
        while !remaining.isEmpty {
            let count = unsafe remaining.withUnsafeBytes {
                unsafe Glibc.write(stream.rawValue, $0.baseAddress, $0.count)
            }
            guard count < 0 else {
                remaining = remaining.dropFirst(count)
                continue
            }
            let code = errno
            switch code {
            case EINTR: continue
            case EAGAIN:
                var waiting = pollfd(fd: stream.rawValue, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&waiting, 1, -1)
            default: throw SystemError(operation: "write", subject: "standard stream \(stream.rawValue)", code: code)
            }
        }
    }
}
