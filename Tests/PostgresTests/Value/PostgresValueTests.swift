import Testing

@testable import Postgres

struct PostgresValueTests {
    private func bytes(_ value: PostgresValue) -> [UInt8] {
        var bytes: [UInt8] = []
        value.append(to: &bytes)
        return bytes
    }

    @Test func `numbers are big-endian`() {
        #expect(bytes(.int16(-2)) == [0xFF, 0xFE])
        #expect(bytes(.int32(0x0102_0304)) == [1, 2, 3, 4])
        #expect(bytes(.int64(.min)) == [0x80, 0, 0, 0, 0, 0, 0, 0])
        #expect(bytes(.double(1)) == [0x3F, 0xF0, 0, 0, 0, 0, 0, 0])
        #expect(bytes(.bool(true)) == [1])
    }

    @Test func `a timestamp counts microseconds from 2000`() {
        #expect(bytes(.timestamp(PostgresTimestamp(seconds: 946_684_801))) == [0, 0, 0, 0, 0, 0x0F, 0x42, 0x40])
    }

    @Test func `jsonb has a version before its text`() {
        #expect(bytes(.jsonb("{}")) == [1, 0x7B, 0x7D])
    }

    @Test func `text is its bytes, NUL and all`() {
        #expect(bytes(.text("a\0b")) == [0x61, 0, 0x62])
    }

    @Test func `nil is a NULL of its type`() {
        let value = PostgresValue.text(nil)
        #expect(value.isNull)
        #expect(value.type == .text)
        #expect(bytes(value).isEmpty)
        #expect(!PostgresValue.text("").isNull)
    }

    @Test func `an array says its dimensions, element type and elements`() {
        #expect(
            bytes(.int32s([7])) == [
                0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1,
                0, 0, 0, 4, 0, 0, 0, 7,
            ]
        )
        #expect(PostgresValue.int32s([7]).type == .int4Array)
    }

    @Test func `an empty array has no dimensions`() {
        #expect(bytes(.texts([])) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25])
    }

    @Test func `an array with a NULL says so`() {
        let elements: [Int64?] = [nil]
        #expect(
            bytes(.int64s(elements)) == [
                0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 20, 0, 0, 0, 1, 0, 0, 0, 1,
                0xFF, 0xFF, 0xFF, 0xFF,
            ]
        )
    }

    @Test func `a field of a row has its length before it, -1 for NULL`() {
        var bytes: [UInt8] = []
        PostgresValue.text("ab").appendSized(to: &bytes)
        PostgresValue.text(nil).appendSized(to: &bytes)
        PostgresValue.text("").appendSized(to: &bytes)
        #expect(bytes == [0, 0, 0, 2, 0x61, 0x62, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0])
    }
}
