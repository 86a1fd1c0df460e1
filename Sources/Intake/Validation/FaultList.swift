package import Safeguarding

/// A report that was refused, with every fault found in it.
package struct InvalidReport: Error, Sendable, Hashable {
    package var faults: [Fault]

    package init(faults: [Fault]) {
        self.faults = faults
    }

    package init(_ reason: RefusalReason, field: String = "", message: String, accepted: String? = nil) {
        faults = [Fault(field: field, reason: reason, message: message, accepted: accepted)]
    }
}

extension InvalidReport: CustomStringConvertible {
    /// The names of the reasons and nothing that was sent.
    package var description: String {
        "refused: " + Set(faults.map(\.reason.rawValue)).sorted().joined(separator: ", ")
    }
}

/// The faults found so far, in the order of the fields; further ones than ``ReportLimits/faults`` are not listed.
struct FaultList {
    private(set) var faults: [Fault] = []

    var isEmpty: Bool { faults.isEmpty }

    mutating func add(_ reason: RefusalReason, at field: String, _ message: String, accepted: String? = nil) {
        guard faults.count < ReportLimits.faults else { return }
        faults.append(Fault(field: field, reason: reason, message: message, accepted: accepted))
    }
}
