import Safeguarding

/// What the decisions of both views have made of an item version; a version that replaces it inherits them where nothing that is
/// decided on has changed.
struct ItemMarks: Hashable {
    /// Nil = new.
    var consideredOpen: Moment?
    var consideredFull: Moment?
    /// Waits to be told with what follows.
    var heldOpen = false
    var heldFull = false

    /// Of a version that no decision has seen.
    static let new = ItemMarks()

    /// Out of the open view it is new there when it comes back.
    func inherited(by compartment: Compartment) -> ItemMarks {
        guard !compartment.isOpen else { return self }
        return ItemMarks(consideredFull: consideredFull, heldFull: heldFull)
    }
}
