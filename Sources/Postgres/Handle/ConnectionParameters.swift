/// Keywords and values for libpq, in order; a later one overrides an earlier one of the same name.
struct ConnectionParameters: Sendable {
    private(set) var pairs: [(keyword: String, value: String)] = []

    mutating func set(_ keyword: String, _ value: String) {
        pairs.append((keyword, value))
    }

    /// Lends two null-terminated arrays of C strings, valid during the call.
    func withPointers<R>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> R
    ) -> R {
        let keywords = CStringArray(pairs.map(\.keyword))
        let values = CStringArray(pairs.map(\.value))
        return unsafe keywords.withPointers { keywords in
            unsafe values.withPointers { values in
                unsafe body(keywords, values)
            }
        }
    }
}

/// Strings in one block, each ending in NUL.
private struct CStringArray {
    private var bytes: [UInt8] = []
    private var starts: [Int] = []

    init(_ strings: [String]) {
        for string in strings {
            starts.append(bytes.count)
            bytes.append(contentsOf: string.utf8)
            bytes.append(0)
        }
    }

    func withPointers<R>(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R) -> R {
        unsafe bytes.withUnsafeBytes { buffer in
            var pointers: [UnsafePointer<CChar>?] = unsafe starts.map { start in
                unsafe buffer.baseAddress.map { unsafe ($0 + start).assumingMemoryBound(to: CChar.self) }
            }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress.unsafelyUnwrapped) }
        }
    }
}
