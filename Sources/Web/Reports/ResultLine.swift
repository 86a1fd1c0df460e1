import HTTPTypes
import Intake
import NIOCore
import Safeguarding

/// One line of the answer to a stream of reports.
///
/// `{"line":1,"status":201,"receipt":{...}}`, or with `reason` and `faults` where the line was refused. The status is
/// the one that the report would have had by itself.
enum ResultLine {
    static func buffer(_ results: [LineResult]) -> ByteBuffer {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(results.count * 512)
        for result in results { write(result, to: &bytes) }
        return ByteBuffer(bytes: bytes)
    }

    private static func write(_ result: LineResult, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "{\"line\":\(result.line),\"status\":".utf8)
        switch result.outcome {
        case .settled(.created(let receipt)): write(201, receipt, to: &bytes)
        case .settled(.same(let receipt)), .settled(.corrected(let receipt)): write(200, receipt, to: &bytes)
        case .settled(.refused(let faults)), .invalid(let faults): write(Problem(faults), to: &bytes)
        case .refused(let refusal): write(Problem(refusal), to: &bytes)
        }
        bytes.append(contentsOf: "}\n".utf8)
    }

    /// The receipt is JSON text as stored and goes in as it is.
    private static func write(_ status: Int, _ receipt: String, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "\(status),\"receipt\":".utf8)
        bytes.append(contentsOf: receipt.utf8)
    }

    private static func write(_ problem: Problem, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: "\(problem.status.code),\"reason\":\"\(problem.code)\"".utf8)
        if let retryAfter = problem.retryAfter { bytes.append(contentsOf: ",\"retryAfter\":\(retryAfter)".utf8) }
        bytes.append(contentsOf: ",\"faults\":".utf8)
        JSON.array(problem.faults.map(\.json)).write(to: &bytes)
    }
}
