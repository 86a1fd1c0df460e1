package import Glibc

/// An account of the operating system, with all the groups it belongs to.
package struct Account: Equatable, Sendable {
    /// Its login name.
    package let name: String
    /// Its user number.
    package let user: uid_t
    /// Its primary group.
    package let group: gid_t
    /// All its groups, the primary one included.
    package let groups: [gid_t]

    /// Creates an account by hand, for decisions under test.
    package init(name: String, user: uid_t, group: gid_t, groups: [gid_t]) {
        self.name = name
        self.user = user
        self.group = group
        self.groups = groups
    }

    /// True for the superuser.
    package var isRoot: Bool { user == 0 }

    /// The account with this name; nil when there is none.
    package static func named(_ name: String) throws(SystemError) -> Account? {
        unsafe try look(up: name) { entry, buffer, count, result in
            unsafe getpwnam_r(name, entry, buffer, count, result)
        }
    }

    /// The account with this number; nil when there is none.
    package static func numbered(_ user: uid_t) throws(SystemError) -> Account? {
        unsafe try look(up: "user \(user)") { entry, buffer, count, result in
            unsafe getpwuid_r(user, entry, buffer, count, result)
        }
    }

    /// The account this process acts as (its effective user).
    ///
    /// A number without an entry in the user database, as in some containers, is refused: PostgreSQL's peer
    /// authentication maps names.
    package static func current() throws(SystemError) -> Account {
        let user = geteuid()
        guard let account = try numbered(user) else {
            throw SystemError(operation: "getpwuid", subject: "user \(user)", code: ENOENT)
        }
        return account
    }

    /// The person behind `sudo`, else the account itself: who an audit entry names.
    package static func invokingName(environment: [String: String]) throws(SystemError) -> String {
        let account = try current()
        guard account.isRoot, let name = environment["SUDO_USER"], !name.isEmpty else { return account.name }
        return name
    }

    private typealias Lookup = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    private static func look(up subject: String, _ call: Lookup) throws(SystemError) -> Account? {
        // Directory services return long entries; the buffer grows until it fits, to a bound.
        var capacity = 4_096
        while capacity <= 1 << 20 {
            var entry = unsafe passwd()
            var result: UnsafeMutablePointer<passwd>?
            var buffer = [CChar](repeating: 0, count: capacity)
            var found: (name: String, user: uid_t, group: gid_t)?
            let code = unsafe buffer.withUnsafeMutableBufferPointer { buffer -> Int32 in
                guard let base = buffer.baseAddress else { return EINVAL }
                let code = unsafe call(&entry, base, capacity, &result)
                // The name points into the buffer, so it is copied while the buffer is pinned.
                if unsafe code == 0 && result != nil {
                    unsafe found = (String(cString: entry.pw_name), entry.pw_uid, entry.pw_gid)
                }
                return code
            }
            if code == ERANGE {
                capacity *= 2
                continue
            }
            if let found {
                let groups = groupList(name: found.name, primary: found.group)
                return Account(name: found.name, user: found.user, group: found.group, groups: groups)
            }
            if code == 0 || code == ENOENT || code == ESRCH { return nil }
            throw SystemError(operation: "getpwnam", subject: subject, code: code)
        }
        throw SystemError(operation: "getpwnam", subject: subject, code: ERANGE)
    }

    private static func groupList(name: String, primary: gid_t) -> [gid_t] {
        var count: Int32 = 64
        while true {
            let capacity = Int(count)
            var groups = [gid_t](repeating: 0, count: capacity)
            let result = unsafe getgrouplist(name, primary, &groups, &count)
            if result >= 0 { return Array(groups.prefix(Int(count))) }
            // On -1 the kernel's limit bounds the retry: `count` now says how many there are.
            if Int(count) <= capacity || count > 65_536 { return [primary] }
        }
    }
}
