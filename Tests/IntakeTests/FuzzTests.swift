import Foundation
import Safeguarding
import TestSupport
import Testing

@testable import Intake

/// Mutations of a kept corpus against everything here that reads what a stranger wrote.
@Suite(.timeLimit(.minutes(15)))
struct FuzzTests {
    @Test func `no report makes validation trap or pass control characters on`() async throws {
        try await fuzz("reports.ndjson", pieces: 1...1, seed: 0x4A50) { input, random in
            let principal = Sample.principal(canGrade: random.pick(0...1) == 0)
            do throws(InvalidReport) {
                let report = try Sample.validator.validate(input, from: principal)
                let again = try Sample.validator.validate(input, from: principal)
                return report == again && report.contentHash.count == 32 && !report.reference.isEmpty
                    && JSONValue.isReadable(report.canonical)
                    && report.canonical.unicodeScalars.allSatisfy { $0.value >= 0x20 }
            } catch {
                return !error.faults.isEmpty
                    && error.faults.allSatisfy { fault in
                        !fault.message.isEmpty && fault.message.unicodeScalars.allSatisfy { $0.value >= 0x20 }
                    }
            }
        }
    }

    @Test func `lines are the same however a stream is cut`() async throws {
        try await fuzz("reports.ndjson", pieces: 1...8, seed: 0x4E44) { input, random in
            var whole = NDJSONSplitter(lineBytes: 400, streamBytes: 2_000)
            let expected = whole.push(input) + whole.finish()
            var pieces = NDJSONSplitter(lineBytes: 400, streamBytes: 2_000)
            var found: [NDJSONSplitter.Line] = []
            for piece in random.cut(input, upTo: 300) { found += pieces.push(piece) }
            return found + pieces.finish() == expected
        }
    }

    @Test func `rows are the same however a file is cut`() async throws {
        var limits = CSVReader.Limits()
        (limits.fieldBytes, limits.rowBytes, limits.fields) = (200, 400, 12)
        try await fuzz("rows.csv", pieces: 1...8, seed: 0xC5F) { [limits] input, random in
            func rows(_ pieces: [[UInt8]]) -> [String] {
                var reader = CSVReader(limits: limits)
                var row = CSVRow()
                var rows: [String] = []
                func take() {
                    while reader.next(&row) {
                        // Of a faulty row the fields are what could be made of it.
                        let fields = row.fault == nil ? (0..<row.count).map { Array(row[$0]) } : []
                        rows.append("\(row.number) \(row.fault?.rawValue ?? "-") \(fields)")
                    }
                }
                for piece in pieces {
                    reader.push(piece)
                    take()
                }
                reader.finish()
                take()
                return rows
            }
            return rows([input]) == rows(random.cut(input, upTo: 100))
        }
    }

    @Test func `a register is the same however its file is cut, and its places lie in the British Isles`() async throws
    {
        try await fuzz("register.xml", pieces: 3...6, seed: 0x3C3C) { input, random in
            func places(_ pieces: [[UInt8]]) -> (places: [RegisteredLocation], end: String) {
                var reader = FHRSXMLReader()
                var summary = RegisterImport.Summary()
                var places: [RegisteredLocation] = []
                do {
                    for piece in pieces { places += try reader.push(piece, &summary) }
                    places += try reader.finish(&summary)
                    return (places, "\(summary)")
                } catch {
                    // Where in a piece a fault is noticed decides how many places were handed on before it.
                    return ([], "\(error)")
                }
            }
            let (whole, cut) = (places([input]), places(random.cut(input, upTo: 200)))
            return whole.end == cut.end && whole.places == cut.places
                && whole.places.allSatisfy { place in
                    guard let longitude = place.longitude, let latitude = place.latitude else { return true }
                    return RegisterFault.isInBritishIsles(longitude: longitude, latitude: latitude)
                }
        }
    }

    @Test func `no mapping makes its reader trap`() async throws {
        let directory = Self.directory.appending(path: "../../../Deploy/mappings").standardized
        let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".yaml") }
        let corpus = try files.sorted().flatMap { try Fuzzing.lines(of: directory.appending(path: $0)) }
        try await Fuzzing.run(corpus, pieces: 1...80, seed: 0x3A70) { input, _ in
            _ = try? MappingReader.read(yaml: String(decoding: input, as: UTF8.self))
            return true
        }
    }

    private static let directory = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Corpus")

    private func fuzz(
        _ corpus: String,
        pieces: ClosedRange<Int>,
        seed: UInt64,
        _ isSound: ([UInt8], inout SeededGenerator) async throws -> Bool
    ) async throws {
        let lines = try Fuzzing.lines(of: Self.directory.appending(path: corpus))
        try await Fuzzing.run(lines, pieces: pieces, seed: seed, isSound)
    }
}

extension JSONValue {
    /// Whether a text is JSON as this service reads it.
    fileprivate static func isReadable(_ text: String) -> Bool {
        (try? JSONReader.read(bytes: Array(text.utf8))) != nil
    }
}
