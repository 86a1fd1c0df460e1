package import Foundation

/// Mutations of a kept corpus against what reads a stranger's bytes.
///
/// The seed is fixed and printed with a failure, so the order of cases is the same every time; how far it gets is a matter
/// of time: 20 s each, with PLACEGUARD_TEST_LONG 600 s each.
package enum Fuzzing {
    private static let seconds = ProcessInfo.processInfo.environment["PLACEGUARD_TEST_LONG"] == nil ? 20 : 600

    /// Lines of a file of the corpus, each with its LF.
    package static func lines(of file: URL) throws -> [[UInt8]] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { Array($0.utf8) + [0x0A] }
    }

    /// Gives a property mutated input until its time is over; throws the first case that breaks it.
    ///
    /// - Parameters:
    ///   - corpus: What the inputs are made of, piece by piece.
    ///   - pieces: How many pieces an input has.
    package static func run(
        _ corpus: [[UInt8]],
        pieces: ClosedRange<Int>,
        seed: UInt64,
        _ isSound: ([UInt8], inout SeededGenerator) async throws -> Bool
    ) async throws {
        var random = SeededGenerator(seed: seed)
        let end = ContinuousClock.now + .seconds(seconds)
        var cases = 0
        while ContinuousClock.now < end {
            let input = mutated(corpus, pieces: pieces, &random)
            cases += 1
            // Others of the process have the same few threads.
            await Task.yield()
            guard try await isSound(input, &random) else { throw Broken(seed: seed, number: cases, input: input) }
        }
        guard cases > 100 else { throw TooFew(cases: cases) }
    }

    /// A case that the property does not hold for.
    package struct Broken: Error, CustomStringConvertible {
        package var seed: UInt64
        package var number: Int
        package var input: [UInt8]

        package var description: String {
            "seed \(seed), case \(number): \(String(decoding: input, as: UTF8.self).debugDescription)"
        }
    }

    /// Hardly anything was tried in the time.
    package struct TooFew: Error {
        package var cases: Int
    }

    /// A few pieces of the corpus with bytes changed, repeated, dropped and moved.
    private static func mutated(
        _ corpus: [[UInt8]],
        pieces: ClosedRange<Int>,
        _ random: inout SeededGenerator
    ) -> [UInt8] {
        var bytes = (0..<random.pick(pieces)).flatMap { index in
            random.pick(0...3) > 0 ? corpus[index % corpus.count] : corpus[random.pick(0...(corpus.count - 1))]
        }
        for _ in 0..<random.pick(0...6) where !bytes.isEmpty {
            let at = random.pick(0...(bytes.count - 1))
            switch random.pick(0...6) {
            case 0: bytes[at] = UInt8(random.pick(0...255))
            case 1: bytes[at] ^= 1 << UInt8(random.pick(0...7))
            case 2: bytes.remove(at: at)
            case 3:
                let special: [UInt8] = [0x0A, 0x20, 0x0D, 0x00, 0x40, 0x22, 0x2C, 0x5C, 0x7B, 0x3C, 0xE2]
                bytes.insert(contentsOf: special.shuffled(using: &random).prefix(2), at: at)
            case 4: bytes.removeSubrange(at..<min(bytes.count, at + random.pick(1...40)))
            case 5: bytes.insert(contentsOf: [UInt8](repeating: bytes[at], count: random.pick(1...1_100)), at: at)
            default: bytes.insert(contentsOf: bytes.prefix(random.pick(1...60)), at: at)
            }
        }
        return bytes
    }
}

extension SeededGenerator {
    /// A whole number of the range, each as likely as the next.
    package mutating func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// The bytes cut into pieces of random size, none empty.
    package mutating func cut(_ bytes: [UInt8], upTo size: Int) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(pick(1...size))
            pieces.append(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }
}
