/// The five-character codes the client itself acts on (PostgreSQL manual, appendix A).
package enum SQLState {
    package static let featureNotSupported = "0A000"
    package static let notNullViolation = "23502"
    package static let foreignKeyViolation = "23503"
    package static let uniqueViolation = "23505"
    package static let checkViolation = "23514"
    package static let exclusionViolation = "23P01"
    package static let readOnlyTransaction = "25006"
    package static let failedTransaction = "25P02"
    package static let invalidStatementName = "26000"
    package static let serializationFailure = "40001"
    package static let deadlockDetected = "40P01"
    package static let tooManyConnections = "53300"
    package static let lockNotAvailable = "55P03"
    package static let queryCanceled = "57014"
    package static let adminShutdown = "57P01"
    package static let crashShutdown = "57P02"
    package static let cannotConnectNow = "57P03"

    /// Finds the code in a message of libpq made with verbose errors, `FATAL:  28P01: password ...`; the last of several.
    ///
    /// While connecting, libpq hands the server's refusal out as text only. The severity before the code is translated,
    /// so it is the form that is looked for: two blanks, five digits or capitals, a colon.
    static func find(inVerbose message: String) -> String? {
        var found: String?
        for line in message.split(separator: "\n") {
            for part in line.split(separator: ":").dropFirst() where part.hasPrefix("  ") && part.utf8.count == 7 {
                let code = part.dropFirst(2)
                if code.utf8.allSatisfy({ isDigitOrCapital($0) }) { found = String(code) }
            }
        }
        return found
    }

    private static func isDigitOrCapital(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    /// Whether the code says that this server is no longer the one to talk to.
    ///
    /// Not so 08P01, which the server also gives for a malformed value, for instance in COPY.
    static func meansConnectionLoss(_ code: String) -> Bool {
        switch code {
        case readOnlyTransaction, adminShutdown, crashShutdown, cannotConnectNow: true
        case "08P01": false
        default: code.hasPrefix("08")
        }
    }

    /// Whether a connection attempt refused with this code will be refused again until somebody changes a setting.
    ///
    /// Class 28 is a wrong role or password, 3D000 a database that does not exist.
    static func meansMisconfiguration(_ code: String) -> Bool {
        code.hasPrefix("28") || code == "3D000"
    }
}
