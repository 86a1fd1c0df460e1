package import Postgres
package import Safeguarding

/// The vocabulary's values as binary parameters.
extension PostgresUUID {
    package init(_ id: UniqueID) { self.init(high: id.high, low: id.low) }
    package init(_ id: some PrefixedIdentifier) { self.init(id.value) }
}

extension UniqueID {
    package init(_ id: PostgresUUID) { self.init(high: id.high, low: id.low) }
}

extension PostgresTimestamp {
    package init(_ moment: Moment) { self.init(seconds: moment.seconds) }
}

extension Moment {
    /// Whole seconds, rounded towards the past (design.md "One clock").
    package init(_ timestamp: PostgresTimestamp) { self.init(seconds: timestamp.seconds) }
}

extension PostgresValue {
    package static func id(_ id: some PrefixedIdentifier) -> Self { .uuid(PostgresUUID(id)) }
    package static func id<ID: PrefixedIdentifier>(_ id: ID?) -> Self { .uuid(id.map { PostgresUUID($0) }) }
    package static func ids(_ ids: some Sequence<some PrefixedIdentifier>) -> Self {
        .uuids(ids.map { PostgresUUID($0) })
    }

    package static func moment(_ moment: Moment) -> Self { .timestamp(PostgresTimestamp(moment)) }
    package static func moment(_ moment: Moment?) -> Self { .timestamp(moment.map { PostgresTimestamp($0) }) }

    /// A closed list as its stable name.
    package static func name(_ value: some RawRepresentable<String>) -> Self { .text(value.rawValue) }
    package static func name<Value: RawRepresentable<String>>(_ value: Value?) -> Self { .text(value?.rawValue) }
    package static func names(_ values: some Sequence<some RawRepresentable<String>>) -> Self {
        .texts(values.map(\.rawValue))
    }
}
