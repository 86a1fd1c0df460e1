import Foundation
import Testing

@testable import Intake

@Suite("Grid references")
struct GridReferenceTests {
    @Test(arguments: [
        ("TL 08652 21332", 508_652, 221_332, 0), ("TL0865221332", 508_652, 221_332, 0),
        ("tl 0865 2133", 508_655, 221_335, 5),
        ("TL086213", 508_650, 221_350, 50), ("TL0821", 508_500, 221_500, 500), ("TL 0 2", 505_000, 225_000, 5_000),
        // The corners: Scilly, Shetland, and the false origin's own square.
        ("SV 00000 00000", 0, 0, 0), ("HP 60 14", 460_500, 1_214_500, 500), ("TV 60 98", 560_500, 98_500, 500),
        ("NN166712", 216_650, 771_250, 50), ("508652,221332", 508_652, 221_332, 0),
        ("508652.9 221332.1", 508_652, 221_332, 0),
        ("0,0", 0, 0, 0), ("699999,1299999", 699_999, 1_299_999, 0),
    ])
    func `give the centre of their square`(_ text: String, _ easting: Int, _ northing: Int, _ halfWidth: Int) {
        let reference = GridReference(text)
        #expect(reference?.easting == easting)
        #expect(reference?.northing == northing)
        #expect(reference?.halfWidth == halfWidth)
        #expect(reference.map { GridReference($0.canonical) } == reference)
    }

    @Test(arguments: [
        "", "TL", "TL1", "TL123", "TL 123 45", "TI 12 34", "IT 12 34", "ZZ 12 34", "AA 12 34", "TL 123456 123456",
        "TL12É4", "TL-1 2",
        "508652", "508652,221332,1", "700000,0", "0,1300000", "-1,2", "508652;221332", "1e5,2", "508652.,221332",
        "12345678,1", "T 1 2",
    ])
    func `are nothing else`(_ text: String) {
        #expect(GridReference(text) == nil)
    }

    @Test func `cover Great Britain: every lettered square lies on the grid once`() {
        var squares: Set<[Int]> = []
        let letters = Array("ABCDEFGHJKLMNOPQRSTUVWXYZ")
        for first in letters {
            for second in letters {
                guard let square = GridReference("\(first)\(second)00") else { continue }
                #expect(squares.insert([square.easting, square.northing]).inserted)
            }
        }
        #expect(squares.count == 7 * 13)
    }
}
