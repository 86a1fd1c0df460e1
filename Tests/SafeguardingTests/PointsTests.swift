import Safeguarding
import Testing

@Suite struct `Points and hundredths` {
    private static let hundredth = Points.one / 100

    @Test(
        arguments: [
            (0, "0.00"), (49_999_999, "0.00"), (50_000_000, "0.00"), (50_000_001, "0.01"), (99_999_999, "0.01"),
            (149_999_999, "0.01"), (150_000_000, "0.02"), (249_999_999, "0.02"), (250_000_000, "0.02"),
            (250_000_001, "0.03"), (40_000_000_000, "4.00"), (10_500_000_000, "1.05"), (17_450_000_000, "1.74"),
            (99_949_999_999, "9.99"), (99_950_000_000, "10.00"), (-50_000_000, "0.00"), (-150_000_000, "-0.02"),
            (-50_000_001, "-0.01"), (Int64.max, "922337203.69"), (Int64.min, "-922337203.69"),
        ] as [(Int64, String)]
    )
    func `are shown with two decimals, half to even`(units: Int64, shown: String) {
        #expect(Points(units: units).shown == shown)
    }

    @Test func `every half is rounded to the even hundredth`() {
        for hundredths in Int64(0)..<400 {
            let half = Points(units: hundredths * Self.hundredth + Self.hundredth / 2)
            let even = hundredths % 2 == 0 ? hundredths : hundredths + 1
            #expect(half.shown == Points(units: even * Self.hundredth).shown)
        }
    }

    @Test(
        arguments: [
            ("0", 0), ("1", 100), ("0.5", 50), ("0.05", 5), ("-0.50", -50), ("999999.99", 99_999_999), ("007.1", 710),
            ("-0", 0),
        ] as [(String, Int)]
    )
    func `hundredths are read exactly`(text: String, value: Int) {
        #expect(Hundredths(text)?.value == value)
    }

    @Test(arguments: [
        "", "-", ".", "1.", ".5", "0.005", "1e2", "+1", "--1", "1.-5", "1 ", "1,5", "1000000", "\u{0661}", "NaN",
        "1.2.3",
    ])
    func `what is no decimal of two places is refused`(text: String) {
        #expect(Hundredths(text) == nil)
    }

    @Test(
        arguments: [
            (0, "0.00", "0"), (5, "0.05", "0.05"), (50, "0.50", "0.5"), (100, "1.00", "1"), (1_000, "10.00", "10"),
            (-50, "-0.50", "-0.5"), (-5, "-0.05", "-0.05"), (150, "1.50", "1.5"),
        ] as [(Int, String, String)]
    )
    func `hundredths are written in full and in short`(value: Int, text: String, shortest: String) {
        #expect(Hundredths(value).text == text)
        #expect(Hundredths(value).shortest == shortest)
        #expect(Hundredths(text) == Hundredths(value))
    }
}
