package import Platform

/// The account that the daemon and its database run as: never root.
package enum ServiceAccount {
    /// The account that an installation makes.
    package static let standardName = "placeguard"
    /// The account that PostgreSQL's package makes; used where there is no ``standardName``.
    package static let fallbackName = "postgres"

    /// Why there is no account to run as.
    package enum Refusal: Error, Equatable, Sendable, CustomStringConvertible {
        /// The configured account, or both standard ones, do not exist.
        case noSuchAccount([String])
        /// The configured account is root.
        case isRoot
        /// Only root may become another account.
        case notRoot(wanted: String)

        package var description: String {
            switch self {
            case .noSuchAccount(let names):
                "There is no account \(names.joined(separator: " or ")) to run as. Make one (adduser --system --group "
                    + "\(ServiceAccount.standardName)), or set service.account."
            case .isRoot:
                "service.account is root; PostgreSQL does not run as root, and neither does Placeguard. Name another."
            case .notRoot(let wanted):
                "service.account is \(wanted), and only root can become it. Start as root or as \(wanted)."
            }
        }
    }

    /// The account to run as: the configured one; for root the standard one; else whoever we are.
    package static func choose(configured: String?) throws -> Account {
        let current = try Account.current()
        if let configured {
            guard let account = try Account.named(configured) else { throw Refusal.noSuchAccount([configured]) }
            if account.isRoot { throw Refusal.isRoot }
            guard current.isRoot || account == current else { throw Refusal.notRoot(wanted: configured) }
            return account
        }
        guard current.isRoot else { return current }
        for name in [standardName, fallbackName] {
            if let account = try Account.named(name), !account.isRoot { return account }
        }
        throw Refusal.noSuchAccount([standardName, fallbackName])
    }

    /// Makes a daemon that root started one of `account`, for good; returns when the process is not root's.
    ///
    /// The program starts anew under the same process number with the same arguments (``Privileges``), before it has
    /// opened any socket. Call it early: what was done so far is lost.
    /// - Parameter stateDirectory: handed on, since the standard one depends on who asks.
    package static func become(_ account: Account, stateDirectory: String, environment: [String: String]) throws {
        guard try Account.current().isRoot else { return }
        var environment = environment
        environment[SettingKey.environmentPrefix + "STATE_DIRECTORY"] = stateDirectory
        environment["HOME"] = stateDirectory
        environment["USER"] = account.name
        environment["LOGNAME"] = account.name
        try Privileges.restart(as: account, arguments: CommandLine.arguments, environment: environment)
    }
}
