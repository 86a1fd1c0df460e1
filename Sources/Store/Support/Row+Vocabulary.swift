package import Postgres
package import Safeguarding

/// Reading the vocabulary's values out of rows.
extension Row {
    package func moment(_ column: Int) throws(PostgresError) -> Moment { Moment(try timestamp(column)) }

    package func optionalMoment(_ column: Int) throws(PostgresError) -> Moment? {
        try optionalTimestamp(column).map { Moment($0) }
    }

    package func id<ID: PrefixedIdentifier>(_ column: Int, as type: ID.Type = ID.self) throws(PostgresError) -> ID {
        ID(UniqueID(try uuid(column)))
    }

    package func optionalID<ID: PrefixedIdentifier>(
        _ column: Int,
        as type: ID.Type = ID.self
    ) throws(PostgresError) -> ID? {
        try optionalUUID(column).map { ID(UniqueID($0)) }
    }

    /// A member of a closed list by its stable name.
    ///
    /// - Throws: `StoreError` with code `internal` where the list has no such member: the database is newer than we are.
    package func name<Value: RawRepresentable<String>>(_ column: Int, as type: Value.Type = Value.self) throws -> Value
    {
        guard let value = Value(rawValue: try text(column)) else { throw StoreError.unknownName(in: column) }
        return value
    }

    package func optionalName<Value: RawRepresentable<String>>(
        _ column: Int,
        as type: Value.Type = Value.self
    ) throws -> Value? {
        guard let text = try optionalText(column) else { return nil }
        guard let value = Value(rawValue: text) else { throw StoreError.unknownName(in: column) }
        return value
    }

    package func names<Value: RawRepresentable<String>>(
        _ column: Int,
        as type: Value.Type = Value.self
    ) throws -> [Value] {
        // Mostly the same again, and finding a name in the list takes longer than seeing that.
        var last: (text: String, value: Value)?
        return try texts(column).map { text in
            if let last, last.text == text { return last.value }
            guard let value = Value(rawValue: text) else { throw StoreError.unknownName(in: column) }
            last = (text, value)
            return value
        }
    }

    /// Source and information grade from a `smallint` and a `text` column.
    package func grade(source: Int, information: Int) throws -> Grade {
        guard let source = SourceGrade(rawValue: Int(try int16(source))) else {
            throw StoreError.unknownName(in: source)
        }
        return Grade(source: source, information: try name(information))
    }

    package func optionalOriginator(_ column: Int) throws -> OriginatorHash? {
        guard let bytes = try optionalBytes(column) else { return nil }
        guard let hash = OriginatorHash(bytes: bytes) else { throw StoreError.unknownName(in: column) }
        return hash
    }
}

extension StoreError {
    /// A column held what no member of its closed list is called.
    static func unknownName(in column: Int) -> StoreError {
        StoreError(.internal, "reading column \(column), which holds what the vocabulary does not know")
    }
}
