/// How the two views of a place disagree, and what a reader of the open one may be told of it.
///
/// The flag `restricted: true` says only "contact the coordinator" (design.md "A score must not leak"). Where nothing but
/// `lado` items can be why, it is given only after the designated officer released it. A place with other restricted
/// items in force does not count as such: whoever sees the flag there learns nothing of an allegation.
package struct ViewDifference: Sendable, Hashable {
    package var bandsDiffer: Bool
    package var onlyByLADO: Bool

    /// - Parameters:
    ///   - open: The effective band in the open view; nil where there is nothing to assess.
    ///   - full: The same in the full view.
    ///   - items: The items in force at the place.
    package init(open: Band?, full: Band?, items: some Sequence<RecordedItem>) {
        bandsDiffer = open != full
        let restricted = items.lazy.map(\.compartment).filter { !$0.isOpen }
        onlyByLADO = bandsDiffer && restricted.contains(.lado) && restricted.allSatisfy { $0 == .lado }
    }

    /// Whether readers of the open view are told that there is more.
    package func isTold(ladoReleased: Bool) -> Bool { bandsDiffer && (!onlyByLADO || ladoReleased) }
}
