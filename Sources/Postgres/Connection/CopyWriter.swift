/// Writes rows in the binary COPY format.
///
/// Rows are gathered until a chunk is full, and a full chunk is written out before the next row is taken: the writer is
/// never further ahead of the server than that. A row that fails to arrive shows at a later row or at the end.
package struct CopyWriter: ~Copyable {
    private let session: Session
    private var buffer: [UInt8] = []
    /// How many rows have been written.
    package private(set) var rowCount = 0

    /// Bytes gathered before they are sent: enough that the cost of a switch to the connection does not show.
    private static let chunkSize = 64 * 1024
    /// The most fields a row can have (`MaxTupleAttributeNumber`).
    private static let maximumFields = 1_664

    init(session: Session) {
        self.session = session
        buffer.reserveCapacity(Self.chunkSize + 4 * 1024)
        // Signature, flags, length of the header extension.
        buffer.append(contentsOf: [0x50, 0x47, 0x43, 0x4F, 0x50, 0x59, 0x0A, 0xFF, 0x0D, 0x0A, 0x00])
        buffer.append(bigEndian: Int32(0))
        buffer.append(bigEndian: Int32(0))
    }

    /// Writes one row; types must be exactly those of the columns, since the format does no conversion.
    ///
    /// - Throws: `cancelled`, or what the server says of earlier rows.
    package mutating func writeRow(_ fields: [PostgresValue]) async throws(PostgresError) {
        try beginRow(fields.count)
        for field in fields { field.appendSized(to: &buffer) }
        try await endRow()
    }

    /// Writes one row without making an array of it.
    ///
    /// - Parameter fieldCount: How many times `body` calls the encoder; a different number breaks the format, which the
    ///   server reports.
    package mutating func writeRow(
        fieldCount: Int,
        _ body: (inout CopyRowEncoder) -> Void
    ) async throws(PostgresError) {
        try beginRow(fieldCount)
        var encoder = CopyRowEncoder(bytes: buffer)
        buffer = []
        body(&encoder)
        buffer = encoder.bytes
        try await endRow()
    }

    private mutating func beginRow(_ fieldCount: Int) throws(PostgresError) {
        guard fieldCount <= Self.maximumFields else {
            throw PostgresError(.usage, "\(fieldCount) fields are more than a row can have")
        }
        buffer.append(bigEndian: Int16(fieldCount))
    }

    private mutating func endRow() async throws(PostgresError) {
        rowCount += 1
        if buffer.count >= Self.chunkSize { try await flush() }
    }

    private mutating func flush() async throws(PostgresError) {
        if Task.isCancelled { throw PostgresError(.cancelled, "cancelled during COPY") }
        let chunk = buffer
        buffer = []
        buffer.reserveCapacity(Self.chunkSize + 4 * 1024)
        try await session.putCopy(chunk)
    }

    /// Writes the end of the data.
    mutating func finish() async throws(PostgresError) {
        buffer.append(bigEndian: Int16(-1))
        try await flush()
    }
}

/// Takes the fields of one row, in order.
package struct CopyRowEncoder {
    fileprivate var bytes: [UInt8]

    fileprivate init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    package mutating func append(_ value: PostgresValue) {
        value.appendSized(to: &bytes)
    }
}
