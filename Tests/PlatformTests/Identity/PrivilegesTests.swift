import Glibc
import Platform
import Testing

@Suite struct PrivilegesTests {
    @Test func `refuses to become root`() throws {
        let root = try #require(try Account.named("root"))
        #expect(throws: Privileges.Failure.targetIsRoot) {
            try Privileges.restart(as: root, arguments: ["x"], environment: [:])
        }
    }

    @Test(.enabled(if: geteuid() != 0, "root may"))
    func `fails without root's rights`() throws {
        let current = try Account.current()
        let other = Account(name: "other", user: current.user + 1, group: current.group, groups: [current.group])
        #expect(throws: Privileges.Failure.self) {
            try Privileges.restart(as: other, arguments: ["x"], environment: [:])
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give root up"))
    func `root becomes the account for good, in the same process`() async {
        await #expect(processExitsWith: .exitCode(42)) {
            // A Swift process with several threads, its first one parked: what the daemon is.
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { await Pause.uncancellable(.milliseconds(20)) } }
            }
            let account = try #require(try Account.named("nobody"))
            try Privileges.restart(
                as: account,
                program: "/bin/sh",
                arguments: ["placeguard", "-c", PrivilegesTests.inspection],
                environment: [
                    "WANTED": "\(account.user):\(account.group)", "BEFORE": "\(getpid())", "PATH": "/usr/bin:/bin",
                ]
            )
        }
    }

    /// Ends with 42 when everything is as it must be, else with the number of the first check that failed.
    private static let inspection = """
        ids() { grep "^$1:" /proc/self/status | tr -s '\\t ' ' ' | cut -d' ' -f2- | tr ' ' '\\n' | sort -u | tr '\\n' ' '; }
        [ "$(ids Uid)" = "${WANTED%:*} " ] || exit 1
        [ "$(ids Gid)" = "${WANTED#*:} " ] || exit 2
        [ "$(ids Groups | tr -d ' \\n')" = "${WANTED#*:}" ] || exit 3
        [ "$(ids CapPrm)$(ids CapEff)" = "0000000000000000 0000000000000000 " ] || exit 4
        [ "$(ls /proc/$$/task | wc -l)" = 1 ] || exit 5
        [ $$ = "$BEFORE" ] || exit 6
        cat /etc/shadow >/dev/null 2>&1 && exit 7
        [ "$(env | grep -c '^SWT_\\|^HOME=')" = 0 ] || exit 8
        exit 42
        """
}
