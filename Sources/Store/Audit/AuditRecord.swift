package import Safeguarding

/// An entry of the sealed chain.
package struct AuditRecord: Sendable, Hashable {
    /// 1 and rising without holes, in the order of sealing.
    package var number: Int64
    package var at: Moment
    package var actor: String
    package var action: String
    package var subject: String
    package var detail: String
    /// SHA-256 over the ids concerned, where there were many.
    package var digest: [UInt8]?
    package var hash: [UInt8]
}

/// Where the sealed chain ends, and what waits behind it.
package struct AuditHead: Sendable, Hashable {
    /// 0 before the first entry was sealed.
    package var number: Int64
    /// Nil before the first entry was sealed.
    package var hash: [UInt8]?
    package var unsealed: Int

    /// `NUMBER:HASH` in hexadecimal, as it is printed on frozen briefings and in the log; nil before the first entry.
    package var text: String? {
        hash.map { "\(number):" + Hexadecimal.text($0) }
    }
}

/// What recomputing the chain showed.
package struct AuditVerification: Sendable, Hashable {
    /// The first place where the chain is not what it was when it was sealed.
    package enum Fault: Sendable, Hashable {
        /// The entry with this number is not there.
        case missing(number: Int64)
        /// The entry with this number, or one before it, was changed.
        case changed(number: Int64)
    }

    /// Entries that are as they were sealed.
    package var intact: Int64
    package var head: AuditHead
    package var fault: Fault?
}
