import Foundation
import NIOPosix

/// A file's bytes in pieces, read on the blocking thread pool so that a slow disk holds up nothing else.
struct FileChunks: AsyncSequence, Sendable {
    typealias Element = [UInt8]

    /// Large enough that a read is worth its hop, small enough to keep memory flat.
    static let chunkSize = 256 * 1_024

    private let handle: FileHandle
    /// Bytes of the file when it was opened.
    let size: Int

    init(path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure("The file cannot be opened: \(path)")
        }
        self.handle = handle
        size = Int((try? handle.seekToEnd()) ?? 0)
        try handle.seek(toOffset: 0)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let handle: FileHandle

        mutating func next() async throws -> [UInt8]? {
            let handle = handle
            let data = try await NIOThreadPool.singleton.runIfActive {
                try handle.read(upToCount: FileChunks.chunkSize)
            }
            return data.flatMap { $0.isEmpty ? nil : Array($0) }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(handle: handle) }
}
