import Glibc

/// Gives up the superuser's rights for good.
package enum Privileges {
    /// A change of account that did not happen as it must.
    ///
    /// The process must not go on: some of its rights may be gone and others not.
    package enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// The target is root itself.
        case targetIsRoot
        /// A system call refused.
        case call(SystemError)
        /// The process could have become root again.
        case reversible

        package var description: String {
            switch self {
            case .targetIsRoot: "the account to run as must not be root"
            case .call(let error): "could not give up root: \(error)"
            case .reversible: "could not give up root: the process was able to take it back"
            }
        }
    }

    /// Becomes `account` irreversibly by starting a program anew in this very process; does not return.
    ///
    /// The identity of a process is one of each thread. glibc changes all of them together, except a thread that is
    /// ending, and the first thread of a Swift process is one for ever: `dispatch_main` parks it inside `pthread_exit`.
    /// It would keep root's rights. `execve` ends all other threads and keeps the process number, the limits and what
    /// is not close-on-exec, so afterwards there is one thread with one identity.
    ///
    /// Order matters: groups while still root, then the group, then the user. Taking root back is tried and must fail.
    /// - Parameters:
    ///   - program: the program; nil for this one.
    ///   - arguments: its arguments, its own name first.
    package static func restart(
        as account: Account,
        program: String? = nil,
        arguments: [String],
        environment: [String: String]
    ) throws(Failure) -> Never {
        if account.isRoot { throw .targetIsRoot }
        // By its own name if the account can get there, so that the process is listed under it.
        let programs = program.map { [$0] } ?? [(try? ProcessTable.link(thisProgram)) ?? thisProgram, thisProgram]
        guard unsafe setgroups(account.groups.count, account.groups) == 0 else {
            throw .call(SystemError(operation: "setgroups", subject: account.name))
        }
        guard setgid(account.group) == 0 else { throw .call(SystemError(operation: "setgid", subject: account.name)) }
        guard setuid(account.user) == 0 else { throw .call(SystemError(operation: "setuid", subject: account.name)) }
        if setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 { throw .reversible }
        let assignments = environment.map { "\($0.key)=\($0.value)" }
        for program in programs { execute(program, arguments, assignments) }
        throw .call(SystemError(operation: "execve", subject: programs[0]))
    }

    private static let thisProgram = "/proc/self/exe"

    /// Returns only when the program could not be started, with `errno` set.
    private static func execute(_ program: String, _ arguments: [String], _ environment: [String]) {
        // Freed nowhere: either the process becomes another program, or it ends.
        let argumentList = unsafe arguments.map { unsafe strdup($0) } + [nil]
        let environmentList = unsafe environment.map { unsafe strdup($0) } + [nil]
        _ = unsafe execve(program, argumentList, environmentList)
    }
}
