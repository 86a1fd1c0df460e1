import CLibPQ

/// Reads connection strings the way libpq does: URIs and keyword/value lists.
enum Conninfo {
    /// The keywords a string sets.
    ///
    /// - Throws: `usage` for a string libpq cannot read. Its message may quote the string, password included, so it is
    ///   kept out of the safe description.
    static func parse(_ string: String) throws(PostgresError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(string, &message) else {
            defer { unsafe PQfreemem(message) }
            let text = unsafe message.map { unsafe String(cString: $0) }
            throw PostgresError(.usage, "the connection string cannot be read", secret: text)
        }
        defer { unsafe PQconninfoFree(options) }
        return unsafe values(of: options)
    }

    /// The keywords libpq takes from the environment and its own defaults.
    static func defaults() -> [String: String] {
        guard let options = unsafe PQconndefaults() else { return [:] }
        defer { unsafe PQconninfoFree(options) }
        return unsafe values(of: options)
    }

    private static func values(of options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
        var values: [String: String] = [:]
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val {
                unsafe values[String(cString: keyword)] = unsafe String(cString: value)
            }
            unsafe option += 1
        }
        return values
    }
}
