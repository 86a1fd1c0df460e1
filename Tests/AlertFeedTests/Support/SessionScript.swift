import AlertFeed
import Foundation
import NIOCore
import Safeguarding
import TestSupport
import Testing

/// A recorded session: `> ` what the client sends, `< ` what the server says, `! ` what happens meanwhile, `#` remarks.
///
/// `*` in an expected line stands for what differs from run to run (jitter, revisions). `\xHH` in a sent line is a byte.
struct SessionScript: Sendable, CustomTestStringConvertible {
    enum Step: Sendable, Hashable {
        case send([UInt8])
        case expect(String)
        case happen([String])
    }

    let name: String
    let steps: [Step]

    var testDescription: String { name }

    static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sessions")

    static func all() throws -> [SessionScript] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path)
            .filter { $0.hasSuffix(".txt") }
            .sorted()
            .map { try SessionScript(file: $0) }
    }

    init(file: String) throws {
        name = String(file.dropLast(4))
        let text = try String(contentsOf: Self.directory.appending(path: file), encoding: .utf8)
        steps = try text.split(separator: "\n").compactMap { line in
            switch line.prefix(2) {
            case "> ", ">": .send(Self.bytes(line.dropFirst(2)) + [0x0A])
            case "< ": .expect(String(line.dropFirst(2)))
            case "! ": .happen(line.dropFirst(2).split(separator: " ").map { String($0) })
            default: try line.hasPrefix("#") ? nil : { throw BadScript(file: file, line: String(line)) }()
            }
        }
    }

    struct BadScript: Error {
        var file: String
        var line: String
    }

    private static func bytes(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.first {
            if rest.starts(with: "\\x".utf8), let value = UInt8(String(rest.dropFirst(2).prefix(2)) ?? "", radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(4)
            } else if rest.starts(with: "\\*".utf8) {
                // `\*n ` repeats the byte before n times more.
                let digits = rest.dropFirst(2).prefix { (48...57).contains($0) }
                bytes += [UInt8](repeating: bytes.last ?? 0x20, count: Int(String(digits) ?? "") ?? 0)
                rest = rest.dropFirst(2 + digits.count)
            } else {
                bytes.append(byte)
                rest = rest.dropFirst()
            }
        }
        return bytes
    }

    /// Whether a line is what was expected, `*` standing for any run of characters without a space.
    static func matches(_ line: String, _ pattern: String) -> Bool {
        let words = line.split(separator: " ", omittingEmptySubsequences: false)
        let patterns = pattern.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == patterns.count else { return false }
        return zip(words, patterns).allSatisfy { word, pattern in
            guard let star = pattern.firstIndex(of: "*") else { return word == pattern }
            let (head, tail) = (pattern[..<star], pattern[pattern.index(after: star)...])
            return word.count >= head.count + tail.count && word.hasPrefix(head) && word.hasSuffix(tail)
        }
    }
}

/// What can happen in a recorded session, as far as it concerns the log.
enum ScriptEvent {
    /// `publish VIEW TYPE URGENCY [key=value ...]`.
    static func publish(_ words: [String], on log: MemoryAlertLog) {
        var facts = FeedFacts(
            type: EventType(rawValue: words[2]) ?? .raised,
            urgency: Urgency(rawValue: words[3]) ?? .normal
        )
        var body = "{}"
        var alert: AlertID?
        var closes = false
        for word in words.dropFirst(4) {
            let parts = word.split(separator: "=", maxSplits: 1).map { String($0) }
            switch parts[0] {
            case "area": facts.areas.append(parts[1])
            case "category": facts.category = LocationCategory(rawValue: parts[1])
            case "location": facts.location = LocationID(parts[1])
            case "band": facts.bandTo = Band(rawValue: parts[1])
            case "source": facts.sources.insert(AgencyKind(rawValue: parts[1]) ?? .community)
            case "body": body = parts[1]
            case "long": body = #"{"pad":""# + String(repeating: "x", count: Int(parts[1]) ?? 0) + #""}"#
            case "alert": alert = AlertID(parts[1])
            case "audience": facts.audience = parts[1]
            case "closes": closes = true
            default: break
            }
        }
        log.publish(alert, in: View(rawValue: words[1]) ?? .open, facts: facts, body: body, closes: closes)
    }
}
