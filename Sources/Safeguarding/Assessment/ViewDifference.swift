/// How the two views of a place disagree, and what a reader of the open one may be told of it.
///
/// The flag `restricted: true` says only "contact the coordinator" (design.md "A score must not leak"). Where the views
/// would agree but for `lado` items, it is given only after the designated officer released it.
package struct ViewDifference: Sendable, Hashable {
    package var bandsDiffer: Bool
    package var onlyByLADO: Bool

    /// - Parameters:
    ///   - open: The effective band in the open view; nil where there is nothing to assess.
    ///   - full: The same in the full view.
    ///   - withoutLADO: What it would be in the full view had no `lado` item come.
    package init(open: Band?, full: Band?, withoutLADO: Band?) {
        self.init(bandsDiffer: open != full, onlyByLADO: open != full && open == withoutLADO)
    }

    /// As it was stored.
    package init(bandsDiffer: Bool, onlyByLADO: Bool) {
        self.bandsDiffer = bandsDiffer
        self.onlyByLADO = onlyByLADO
    }

    /// Whether readers of the open view are told that there is more.
    package func isTold(ladoReleased: Bool) -> Bool { bandsDiffer && (!onlyByLADO || ladoReleased) }
}
