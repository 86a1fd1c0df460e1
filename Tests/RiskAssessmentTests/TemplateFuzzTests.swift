import RiskAssessment
import TestSupport
import Testing

/// Mutations of the shipped template against its reader.
@Suite(.timeLimit(.minutes(15)))
struct TemplateFuzzTests {
    @Test func `no template makes its reader trap, and each is read the same twice or refused with its faults`()
        async throws
    {
        let template = Array(try Repository.text("Deploy/templates/safeguarding.yaml").utf8)
        try await Fuzzing.run([template], pieces: 1...1, seed: 0x7E3F) { input, _ in
            let text = String(decoding: input, as: UTF8.self)
            do throws(TemplateRefusal) {
                return try Template(yaml: text).outline == Template(yaml: text).outline
            } catch {
                return !error.faults.isEmpty
                    && error.faults.allSatisfy { fault in
                        !fault.message.isEmpty && "\(fault)".unicodeScalars.allSatisfy { $0.value >= 0x20 }
                    }
            }
        }
    }
}
