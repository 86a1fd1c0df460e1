/// How to connect to the database as each role.
package struct DatabaseAddress: Equatable, Sendable {
    /// Why a set of connection strings cannot be used.
    package enum Fault: Error, Equatable, Sendable, CustomStringConvertible {
        /// Two roles would connect in the same way.
        case sharedLogin(DatabaseRole, DatabaseRole)
        /// One login for all and logins by role exclude each other.
        case singleRoleWithUrls

        package var description: String {
            switch self {
            case .sharedLogin(let a, let b):
                "The database roles \(a.name) and \(b.name) have the same connection string, so the database could not "
                    + "keep them apart. Give each its own database.urls entry (Deploy/README.md, Your own PostgreSQL), or "
                    + "set database.singleRole to accept that; /readyz shows it then."
            case .singleRoleWithUrls:
                "database.singleRole says that one login serves all roles, and database.urls names logins by role. "
                    + "Remove one of the two."
            }
        }
    }

    /// True when one login serves all roles: the database does not keep them apart, and `/readyz` says so.
    package let isSingleRole: Bool

    private let strings: [DatabaseRole: String]

    /// The private cluster: its socket, one login a role, no passwords.
    package init(embedded layout: EmbeddedLayout) {
        isSingleRole = false
        strings = Dictionary(
            uniqueKeysWithValues: DatabaseRole.allCases.map { role in
                let parts = [
                    "host='\(layout.socketDirectory)'", "port=\(EmbeddedLayout.port)",
                    "dbname=\(EmbeddedLayout.database)", "user=\(role.name)",
                ]
                return (role, parts.joined(separator: " "))
            }
        )
    }

    /// A server of the operator's own.
    ///
    /// - Parameters:
    ///   - url: any libpq connection string, that of the owner.
    ///   - urls: strings by role. A role without one connects like the owner but under its own name, and its password
    ///     comes from the password file.
    ///   - singleRole: accept one login for all roles.
    package init(url: String, urls: [DatabaseRole: String], singleRole: Bool) throws(Fault) {
        if singleRole && !urls.isEmpty { throw .singleRoleWithUrls }
        isSingleRole = singleRole
        var strings: [DatabaseRole: String] = [:]
        for role in DatabaseRole.allCases {
            let derived = singleRole || role == .owner ? url : Self.string(url, as: role)
            strings[role] = urls[role] ?? derived
        }
        self.strings = strings
        if singleRole { return }
        var seen: [String: DatabaseRole] = [:]
        for role in DatabaseRole.allCases {
            if let other = seen.updateValue(role, forKey: strings[role] ?? url) { throw .sharedLogin(other, role) }
        }
    }

    /// The libpq connection string of a role.
    ///
    /// May hold a password: never log it.
    package func connectionString(for role: DatabaseRole) -> String {
        strings[role] ?? ""
    }

    /// The same server under the role's own name, without the owner's password.
    ///
    /// In both forms of a connection string a later word replaces an earlier one, and an empty password makes libpq
    /// look into the password file (`conninfo_storeval` and `connectOptions2` in libpq's `fe-connect.c`).
    private static func string(_ url: String, as role: DatabaseRole) -> String {
        guard url.hasPrefix("postgresql://") || url.hasPrefix("postgres://") else {
            return "\(url) user=\(role.name) password=''"
        }
        return "\(url)\(url.contains("?") ? "&" : "?")user=\(role.name)&password="
    }
}

extension DatabaseAddress: CustomStringConvertible {
    /// Safe for logs: no connection strings.
    package var description: String { isSingleRole ? "one login for all roles" : "a login for each role" }
}
