import CLibPQ

/// The parameters of one statement laid out the way libpq takes them; reused from statement to statement.
struct ParameterBuffer: ~Copyable {
    private var bytes: [UInt8] = []
    private var types: [Oid] = []
    private var starts: [Int] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    /// A buffer that has grown past this is given back after use, so that one bulk statement does not pin its memory
    /// to the connection for good.
    private static let retainedCapacity = 256 * 1024

    /// Replaces the contents by the given parameters.
    ///
    /// - Throws: `usage` for more than 65 535 parameters or more bytes than a length of the protocol can express.
    mutating func load(_ parameters: [PostgresValue]) throws(PostgresError) {
        guard parameters.count <= Statement.maximumParameters else {
            throw PostgresError(.usage, "\(parameters.count) parameters are more than the protocol can count")
        }
        reset()
        for parameter in parameters {
            types.append(parameter.type.rawValue)
            formats.append(1)
            if parameter.isNull {
                starts.append(-1)
                lengths.append(0)
            } else {
                let start = bytes.count
                parameter.append(to: &bytes)
                starts.append(start)
                guard let length = Int32(exactly: bytes.count - start) else {
                    throw PostgresError(.usage, "a parameter is longer than 2 GiB")
                }
                lengths.append(length)
            }
        }
        // So that an empty last value has an address too: a null pointer would mean NULL.
        bytes.append(0)
    }

    /// How many bytes of values there are.
    var byteCount: Int { bytes.count }

    /// Forgets the contents and, after a bulk statement, the memory.
    mutating func reset() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.retainedCapacity)
        types.removeAll(keepingCapacity: true)
        starts.removeAll(keepingCapacity: true)
        lengths.removeAll(keepingCapacity: true)
        formats.removeAll(keepingCapacity: true)
    }

    /// Lends count, types, values, lengths and formats, valid only during the call, which is all libpq asks of them.
    func withPointers<R>(
        _ body: (
            Int32, UnsafePointer<Oid>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?,
            UnsafePointer<Int32>?
        ) -> R
    ) -> R {
        unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: starts.count + 1) { values in
            unsafe bytes.withUnsafeBytes { buffer in
                for (index, start) in starts.enumerated() {
                    let value = unsafe start < 0 ? nil : buffer.baseAddress.map { unsafe $0 + start }
                    unsafe values.initializeElement(
                        at: index,
                        to: value.map { unsafe $0.assumingMemoryBound(to: CChar.self) }
                    )
                }
                return unsafe body(
                    Int32(starts.count),
                    types,
                    UnsafePointer(values.baseAddress),
                    lengths,
                    formats
                )
            }
        }
    }
}
