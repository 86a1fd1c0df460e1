import NIOCore
import Safeguarding
import Synchronization

// What a step makes possible: pages are asked for, become lines, and lines leave.
extension FeedConnection {
    /// The page or the cursor that is wanted next.
    func nextWork(_ state: inout State, at now: FeedInstant) -> DeliveryWork? {
        state.machine.nextWork(hasRoom: state.outgoing.readableBytes < collecting / 2, at: now)
    }

    func begin(_ work: DeliveryWork) {
        switch work {
        case .readPage(let request):
            // On the channel's own thread, so that whoever reads for all goes on to the next, and the lines are where they leave.
            let takeBack = services.readPage(request) { [weak self, channel] outcome in
                channel.eventLoop.execute { [weak self] in
                    _ = self?.step { machine, now in machine.pageRead(request, outcome, at: now) }
                }
            }
            state.withLock { $0.takeBack = takeBack }
        case .advance(let subscription, let readTo):
            state.withLock { $0.advance = (subscription, readTo) }
            books.ring()
        }
    }

    /// Says what was read while there is room.
    func deliver(_ state: inout State, at now: FeedInstant) -> [ServerLine] {
        let room = collecting - FeedLimits.serverLine - state.outgoing.readableBytes
        let lines = state.machine.deliver(room: room, at: now).lines
        for line in lines { line.encode(into: &state.outgoing) }
        return lines
    }

    // MARK: Writing

    /// What waits for the socket, unless that has not taken the last piece yet.
    func nextPiece(_ state: inout State) -> [ByteBuffer] {
        guard state.writing == 0 else { return [] }
        state.writing = state.outgoing.readableBytes
        return state.outgoing.take()
    }

    func write(_ parts: [ByteBuffer]) {
        guard let last = parts.last else { return }
        guard channel.eventLoop.inEventLoop else { return channel.eventLoop.execute { self.write(parts) } }
        for part in parts.dropLast() { channel.write(part, promise: nil) }
        channel.writeAndFlush(last).whenComplete { self.written($0) }
    }

    /// The socket has taken a piece, so there is room; or it takes nothing any more.
    private func written(_ result: Result<Void, any Error>) {
        switch result {
        case .success: change { $0.writing = 0 }
        case .failure:
            change { state in
                state.writing = 0
                _ = state.outgoing.take()
                state.machine.peerClosed()
            }
            abort()
        }
        room.ring()
        over.ring()
    }
}
