import Foundation
import RiskAssessment
import Safeguarding
import TestSupport
import Testing

/// The conformance vectors (interfaces.md `template vectors`).
@Suite struct `Conformance vectors` {
    private static let example = """
        {"name":"one","now":1790000000,"items":[{"structural":false,"protective":false,"source":1,"info":"A",\
        "attribution":"inside","agency":"a","originator":null,"selfReport":false,"happeningNow":false,\
        "sign":"s","report":"r1","severity":4,"observed":1789049600,"received":1789049660}],\
        "controls":[],"reviews":[],"inspections":[],"expect":{"assessed":true,"points":40000000000,"band":"amber"}}
        """

    @Test(
        .enabled(if: SharedData.has("scoring-vectors/vectors.jsonl"), "reference data not beside the repository")
    )
    func `every line agrees to the digit`() throws {
        let outcome = ConformanceVectors.run(
            try SharedData.text("scoring-vectors/vectors.jsonl"),
            under: try Templates.safeguarding()
        )
        #expect(outcome.cases == 409)
        #expect(outcome.mismatches.map(\.text) == [])
    }

    @Test func `a line agrees field by field`() throws {
        let outcome = ConformanceVectors.run(Self.example + "\n\n" + Self.example, under: try Templates.safeguarding())
        #expect(outcome.cases == 2)
        #expect(outcome.mismatches.isEmpty)
    }

    @Test func `a mismatch is told with line, name, field and both values`() throws {
        let wrong = Self.example.replacing("40000000000", with: "40000000001").replacing("\"amber\"", with: "\"red\"")
        let outcome = ConformanceVectors.run("\n" + wrong, under: try Templates.safeguarding())
        #expect(
            outcome.mismatches.map(\.text) == [
                #"{"line":2,"name":"one","field":"points","expected":40000000001,"found":40000000000}"#,
                #"{"line":2,"name":"one","field":"band","expected":"red","found":"amber"}"#,
            ]
        )
    }

    @Test func `what should not be assessed and is, and the other way, is a mismatch`() throws {
        let template = try Templates.safeguarding()
        let unexpected = Self.example.replacing(
            "\"assessed\":true,\"points\":40000000000,\"band\":\"amber\"",
            with: "\"assessed\":false"
        )
        #expect(
            ConformanceVectors.run(unexpected, under: template).mismatches.map(\.text) == [
                #"{"line":1,"name":"one","field":"assessed","expected":false,"found":true}"#
            ]
        )
        let early = Self.example.replacing("\"now\":1790000000", with: "\"now\":1")
        #expect(ConformanceVectors.run(early, under: template).mismatches.count == 3)
    }

    @Test(arguments: [
        ("{", "unexpected-end at byte 1"), ("[1]", "'name' is missing or of another type"),
        (#"{"name":"x","now":"soon"}"#, "'now' is missing or of another type"),
        (#"{"name":"x","name":"y"}"#, "duplicate-field at byte 12"),
    ])
    func `a line that cannot be read is a mismatch, not a crash`(line: String, error: String) throws {
        let outcome = ConformanceVectors.run(line, under: try Templates.safeguarding())
        #expect(
            outcome.mismatches.map(\.text) == [JSON.object([("line", .integer(1)), ("error", .string(error))]).text]
        )
    }

    @Test func `the line's severities override the template's`() throws {
        let three = Self.example.replacing("\"severity\":4", with: "\"severity\":3")
        let mismatches = ConformanceVectors.run(three, under: try Templates.safeguarding()).mismatches
        #expect(
            mismatches.map(\.text) == [
                #"{"line":1,"name":"one","field":"points","expected":40000000000,"found":30000000000}"#
            ]
        )
    }
}
