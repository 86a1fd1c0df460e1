/// What storing a report has to know of a sign in the active template: how urgent it is and who may read it.
package struct SignWeight: Sendable, Hashable {
    /// 0-5.
    package var severity: Int
    /// Items with this sign, and narrative and originator of their report, belong to the compartment `lado`.
    package var isLADO: Bool

    package init(severity: Int, isLADO: Bool = false) {
        self.severity = severity
        self.isLADO = isLADO
    }
}
