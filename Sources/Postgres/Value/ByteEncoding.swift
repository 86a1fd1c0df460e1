/// The server's binary formats: big-endian, appended to a byte array.
extension Array where Element == UInt8 {
    /// Appends an integer in network byte order.
    mutating func append<T: FixedWidthInteger>(bigEndian value: T) {
        var shift = T.bitWidth - 8
        while shift >= 0 {
            append(UInt8(truncatingIfNeeded: value >> T(shift)))
            shift -= 8
        }
    }

    /// Overwrites four bytes with a length that was not known when its place was reserved.
    mutating func replaceLength(at offset: Int, with length: Int32) {
        let bits = UInt32(bitPattern: length)
        self[offset] = UInt8(truncatingIfNeeded: bits >> 24)
        self[offset + 1] = UInt8(truncatingIfNeeded: bits >> 16)
        self[offset + 2] = UInt8(truncatingIfNeeded: bits >> 8)
        self[offset + 3] = UInt8(truncatingIfNeeded: bits)
    }
}
