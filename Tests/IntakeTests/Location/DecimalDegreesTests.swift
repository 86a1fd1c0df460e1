import Testing

@testable import Intake

@Suite("Decimal degrees")
struct DecimalDegreesTests {
    @Test(arguments: [
        ("0", 0), ("-0", 0), ("-0.4229", -4_229_000), ("51.87998", 518_799_800), ("1e-7", 1), ("1E-3", 10_000),
        ("5.15e1", 515_000_000),
        ("-0.00000005", -1), ("0.00000004999", 0), ("0.12345675", 1_234_568), ("51.91647500000000", 519_164_750),
        ("100e-2", 10_000_000),
        ("0.00000001e7", 1_000_000), ("0000", 0), ("1e-400", 0), ("0e999", 0), ("99.99999999", 1_000_000_000),
    ])
    func `are read exactly and rounded at the seventh place`(_ text: String, _ value: Int64) {
        #expect(DecimalDegrees.read(text) == value)
    }

    @Test(arguments: [
        "", "-", ".", ".5", "+1", "1.2.3", "1e", "1e+", "one", "1 ", " 1", "0x10", "NaN", "inf", "1e400", "10001",
        "1e5", "--1",
    ])
    func `are nothing else`(_ text: String) {
        #expect(DecimalDegrees.read(text) == nil)
    }

    @Test func `agree with floating point to the last place, seed 7`() {
        var dice = Dice(seed: 7)
        for _ in 0..<20_000 {
            let value = Int64(dice.below(3_600_000_000)) - 1_800_000_000
            #expect(DecimalDegrees.read(DecimalDegrees.text(value)) == value)
            let double = Double(value) / 1e7
            #expect(DecimalDegrees.read("\(double)") == value)
        }
    }
}
