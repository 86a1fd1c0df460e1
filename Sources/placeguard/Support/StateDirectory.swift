package import Platform

/// The directory in which Placeguard keeps what must survive a restart.
package enum StateDirectory {
    /// Why a directory is not taken.
    package enum Refusal: Error, Equatable, Sendable, CustomStringConvertible {
        /// Something that is not a directory, or a link to one.
        case notADirectory(String)
        /// It belongs to another account.
        case ownedByAnother(String, account: String)
        /// It holds things that are not ours, and would be closed to everybody else.
        case holdsOtherThings(String)
        /// A parent directory does not let the account through.
        case unreachable(String, account: String)

        package var description: String {
            switch self {
            case .notADirectory(let path):
                "\(path) is not a directory (a link is not followed). Set state.directory to a directory."
            case .ownedByAnother(let path, let account):
                "\(path) does not belong to \(account). Run as its owner or as root, or set state.directory."
            case .holdsOtherThings(let path):
                "\(path) holds files that are not Placeguard's. Set state.directory to an empty directory."
            case .unreachable(let path, let account):
                "\(account) cannot reach \(path): a directory above it does not let it through. "
                    + "Set state.directory to another place, or open the way (chmod o+x)."
            }
        }
    }

    /// What may be in a state directory before the first start: our own, a restored backup, a key put there by hand.
    private static let known: Set<String> = [
        EmbeddedLayout.dataName, EmbeddedLayout.newDataName, EmbeddedLayout.socketName, EmbeddedLayout.logName,
        EmbeddedLayout.startLockName, EmbeddedLayout.usersLockName, EmbeddedLayout.daemonLockName, "originator.key",
        "inbox", SeenPositionsFile.name,
    ]

    /// Where the state is when nothing else is configured.
    ///
    /// A service (root, the account `placeguard`, or what systemd says) has it in `/var/lib`; a person in the place of
    /// the XDG base directory specification.
    package static func standard(account: Account, environment: [String: String]) -> String {
        if let given = environment["STATE_DIRECTORY"]?.split(separator: ":").first { return String(given) }
        if account.isRoot || account.name == ServiceAccount.standardName { return "/var/lib/placeguard" }
        if let base = environment["XDG_STATE_HOME"], base.hasPrefix("/") { return "\(base)/placeguard" }
        return "\(environment["HOME"] ?? "")/.local/state/placeguard"
    }

    /// Makes the directory, with those above it, or checks an existing one; gives it to `account` with mode 0700.
    ///
    /// - Returns: its path without links.
    package static func prepare(_ path: String, account: Account) throws -> String {
        try makeParents(of: path)
        let made = try Path.makeDirectory(path, mode: 0o700)
        guard let facts = try FileFacts.of(path), facts.kind == .directory else { throw Refusal.notADirectory(path) }
        let directory = try Directory(path: path)
        if made || facts.owner != account.user || !facts.isPrivate {
            let names = made ? [] : try directory.names()
            guard names.allSatisfy(known.contains) else {
                throw facts.owner == account.user
                    ? Refusal.holdsOtherThings(path) : Refusal.ownedByAnother(path, account: account.name)
            }
            // Only root can give a directory away, and does so only with one of its own that is still empty.
            let mayGive = try Account.current().isRoot && facts.owner == 0 && names.isEmpty
            guard facts.owner == account.user || mayGive else {
                throw Refusal.ownedByAnother(path, account: account.name)
            }
            try directory.setMode(0o700)
            if facts.owner != account.user { try directory.setOwner(account) }
        }
        return try Path.canonical(path)
    }

    /// Checks, as the account itself, that the directory can be entered.
    package static func checkReachable(_ path: String, account: Account) throws {
        do {
            _ = try Directory(path: path).facts()
        } catch  where error.isDenied {
            throw Refusal.unreachable(path, account: account.name)
        }
    }

    private static func makeParents(of path: String) throws {
        let parent = Path.parent(of: path)
        if parent == "/" { return }
        if try FileFacts.of(parent) != nil { return }
        try makeParents(of: parent)
        _ = try Path.makeDirectory(parent, mode: 0o755)
    }
}
