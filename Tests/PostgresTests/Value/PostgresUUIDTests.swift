import Postgres
import Testing

struct PostgresUUIDTests {
    @Test func `prints in the canonical form`() {
        let uuid = PostgresUUID(high: 0x0123_4567_89AB_CDEF, low: 0x0000_0000_0000_00FF)
        #expect(uuid.description == "01234567-89ab-cdef-0000-0000000000ff")
    }

    @Test func `orders byte by byte`() {
        #expect(PostgresUUID(high: 1, low: 0) > PostgresUUID(high: 0, low: .max))
        #expect(PostgresUUID(high: 0x8000_0000_0000_0000, low: 0) > PostgresUUID(high: 1, low: 0))
        #expect(PostgresUUID(high: 1, low: 1) > PostgresUUID(high: 1, low: 0))
    }
}
