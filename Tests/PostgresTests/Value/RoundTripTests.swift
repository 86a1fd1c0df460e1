import Postgres
import TestSupport
import Testing

extension ServerTests {
    /// Every type through a real server and back, at its edges.
    @Suite struct RoundTripTests {
        private func rows(_ sql: StaticString, _ parameters: [PostgresValue] = []) async throws -> Rows {
            try await withConnection(PostgresServer.settings()) { try await $0.query(sql, parameters) }
        }

        @Test func `integers at their limits`() async throws {
            let rows = try await rows(
                "SELECT $1, $2, $3, $4, $5, $6, 4294967295::oid",
                [.int16(.min), .int16(.max), .int32(.min), .int32(.max), .int64(.min), .int64(.max)]
            )
            var row = rows[0].decoder()
            #expect(try row.next(Int16.self) == .min)
            #expect(try row.next(Int16.self) == .max)
            #expect(try row.next(Int32.self) == .min)
            #expect(try row.next(Int32.self) == .max)
            #expect(try row.next(Int64.self) == .min)
            #expect(try row.next(Int64.self) == .max)
            #expect(try row.next(Int64.self) == 4_294_967_295)
        }

        @Test func `small integers widen and large ones do not narrow`() async throws {
            let row = try await rows("SELECT 1::int2, 2::int4, 3::int8")[0]
            #expect(try row.int64(0) == 1)
            #expect(try row.int32(0) == 1)
            #expect(try row.int64(1) == 2)
            #expect(throws: PostgresError.self) { try row.int32(2) }
            #expect(throws: PostgresError.self) { try row.int16(1) }
        }

        @Test(arguments: [0, -0.0, 1.5, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
        func `doubles keep their bits`(value: Double) async throws {
            let row = try await rows("SELECT $1", [.double(value)])[0]
            #expect(try row.double(0).bitPattern == value.bitPattern)
        }

        @Test func `not a number stays so`() async throws {
            #expect(try await rows("SELECT $1", [.double(.nan)])[0].double(0).isNaN)
            #expect(try await rows("SELECT 'NaN'::float4")[0].double(0).isNaN)
        }

        @Test(arguments: ["", "a", "æøå 漢字 🙂", "quote ' and \\ backslash", String(repeating: "x", count: 100_000)])
        func `texts of all kinds`(value: String) async throws {
            let row = try await rows("SELECT $1, $1::varchar, $1 = $2", [.text(value), .text(value)])[0]
            #expect(try row.text(0) == value)
            #expect(try row.text(1) == value)
            #expect(try row.bool(2))
        }

        @Test func `a text with NUL is refused, not cut short`() async throws {
            await #expect { _ = try await rows("SELECT $1", [.text("ab\0cd")]) } throws: { error in
                (error as? PostgresError)?.sqlState == "22021"
            }
        }

        @Test(arguments: [[], [0], [0, 255, 1], [UInt8](repeating: 0x5C, count: 70_000)] as [[UInt8]])
        func `bytes of all kinds`(value: [UInt8]) async throws {
            let row = try await rows("SELECT $1, length($1)", [.bytes(value)])[0]
            #expect(try row.bytes(0) == value)
            #expect(try row.int32(1) == Int32(value.count))
        }

        @Test func `a uuid`() async throws {
            let value = PostgresUUID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
            let row = try await rows("SELECT $1, $1::text", [.uuid(value)])[0]
            #expect(try row.uuid(0) == value)
            #expect(try row.text(1) == value.description)
        }

        @Test(
            arguments: [
                PostgresTimestamp(seconds: 0), PostgresTimestamp(microseconds: -1), .infinity, .negativeInfinity,
                PostgresTimestamp(microseconds: 253_402_300_799_999_999), PostgresTimestamp(seconds: -62_135_596_800),
            ]
        )
        func `moments`(value: PostgresTimestamp) async throws {
            let row = try await rows("SELECT $1", [.timestamp(value)])[0]
            #expect(try row.timestamp(0) == value)
        }

        @Test func `a moment is the one the server understands`() async throws {
            let row = try await rows(
                "SELECT $1 = '2024-02-29 12:30:00.000001+00'::timestamptz",
                [.timestamp(PostgresTimestamp(microseconds: 1_709_209_800_000_001))]
            )[0]
            #expect(try row.bool(0))
        }

        @Test func `a moment before the server's calendar is refused by it`() async throws {
            let value = PostgresTimestamp(microseconds: .min + 1)
            await #expect { _ = try await rows("SELECT $1", [.timestamp(value)]) } throws: { error in
                (error as? PostgresError)?.sqlState == "22008"
            }
        }

        @Test func `the last moment of the server is out of range here`() async throws {
            let row = try await rows("SELECT '294276-12-31 23:59:59+00'::timestamptz")[0]
            #expect { try row.timestamp(0) } throws: { ($0 as? PostgresError)?.code == .decode }
        }

        @Test func `json`() async throws {
            let row = try await rows("SELECT $1, $1->>'a', '[1]'::json", [.jsonb(#"{"a": "b"}"#)])[0]
            #expect(try row.text(0) == #"{"a": "b"}"#)
            #expect(try row.text(1) == "b")
            #expect(try row.text(2) == "[1]")
        }

        @Test func `NULL of every type`() async throws {
            let row = try await rows(
                "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10",
                [
                    .bool(nil), .int16(nil), .int32(nil), .int64(nil), .double(nil), .text(nil), .bytes(nil),
                    .uuid(nil),
                    .timestamp(nil), .jsonb(nil),
                ]
            )[0]
            #expect(try row.optionalBool(0) == nil)
            #expect(try row.optionalInt16(1) == nil)
            #expect(try row.optionalInt32(2) == nil)
            #expect(try row.optionalInt64(3) == nil)
            #expect(try row.optionalDouble(4) == nil)
            #expect(try row.optionalText(5) == nil)
            #expect(try row.optionalBytes(6) == nil)
            #expect(try row.optionalUUID(7) == nil)
            #expect(try row.optionalTimestamp(8) == nil)
            #expect(try row.optionalText(9) == nil)
            #expect { try row.bool(0) } throws: { "\($0)".contains("unexpectedNull") }
        }

        @Test func `arrays of every type`() async throws {
            let uuid = PostgresUUID(high: 1, low: 2)
            let moment = PostgresTimestamp(seconds: 1)
            let row = try await rows(
                "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9",
                [
                    .bools([true, false]), .int16s([.min, .max]), .int32s([.min, .max]), .int64s([.min, .max]),
                    .doubles([0.5, -.infinity]), .texts(["", "a\"b{},"]), .bytesArray([[], [0, 255]]), .uuids([uuid]),
                    .timestamps([moment]),
                ]
            )[0]
            #expect(try row.bools(0) == [true, false])
            #expect(try row.int16s(1) == [.min, .max])
            #expect(try row.int32s(2) == [.min, .max])
            #expect(try row.int64s(3) == [.min, .max])
            #expect(try row.doubles(4) == [0.5, -.infinity])
            #expect(try row.texts(5) == ["", "a\"b{},"])
            #expect(try row.bytesArray(6) == [[], [0, 255]])
            #expect(try row.uuids(7) == [uuid])
            #expect(try row.timestamps(8) == [moment])
        }

        @Test func `empty arrays and arrays with NULL`() async throws {
            let row = try await rows(
                "SELECT $1, $2, $3, array_length($2, 1)",
                [.texts([]), .texts(["a", nil] as [String?]), .int64s([nil, 1] as [Int64?])]
            )[0]
            #expect(try row.texts(0) == [])
            #expect(try row.optionalTexts(1) == ["a", nil])
            #expect(try row.optionalInt64s(2) == [nil, 1])
            #expect(try row.int32(3) == 2)
            #expect(throws: PostgresError.self) { try row.texts(1) }
        }

        @Test func `jsonb arrays unnest`() async throws {
            let rows = try await rows("SELECT j->>'n' FROM unnest($1) AS j", [.jsonbs([#"{"n":1}"#, #"{"n":2}"#])])
            #expect(try rows.map { try $0.text(0) } == ["1", "2"])
        }

        @Test func `enumerations read as text, geometry as bytes`() async throws {
            try await TestDatabase.with { database in
                try await withConnection(database.settings) { connection in
                    try await connection.script("CREATE TYPE band AS ENUM ('green', 'red')")
                    let row = try await connection.query("SELECT 'red'::band, ARRAY['green']::band[]::text[]")[0]
                    #expect(try row.text(0) == "red")
                    #expect(try row.bytes(0) == Array("red".utf8))
                    #expect(try row.texts(1) == ["green"])
                }
            }
        }

        @Test func `a column that is not there is an error, not a trap`() async throws {
            let row = try await rows("SELECT 1::int4")[0]
            #expect(throws: PostgresError.self) { try row.int32(1) }
            #expect(throws: PostgresError.self) { try row.int32(-1) }
            #expect(throws: PostgresError.self) { try row.optionalInt32(1) }
            #expect(throws: PostgresError.self) { try row.isNull(1) }
        }

        @Test func `an error names types and never the value`() async throws {
            let row = try await rows("SELECT 'secret'::text")[0]
            #expect { try row.int32(0) } throws: { error in
                let error = error as? PostgresError
                return error?.code == .decode && !"\(error?.debugDescription ?? "")".contains("secret")
            }
        }

        @Test func `65 535 parameters are taken and one more is refused`() async throws {
            try await withConnection(PostgresServer.settings()) { connection in
                let values = (0..<Statement.maximumParameters).map { PostgresValue.int32(Int32($0)) }
                // Only the last is used; the server is told the types of all.
                let row = try await connection.query("SELECT $65535 + $1", values)[0]
                #expect(try row.int32(0) == 65_534)
                await #expect { _ = try await connection.query("SELECT $1", values + [.int32(1)]) } throws: { error in
                    (error as? PostgresError)?.code == .usage
                }
                #expect(try await connection.query("SELECT 1::int4")[0].int32(0) == 1)
            }
        }
    }
}
