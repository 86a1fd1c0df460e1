import Safeguarding

/// Where a page of ranked places ended: band and residual, which are shown anyway, and the place.
///
/// Not the points, which not every reader may know: they are looked up again. Where the place has moved in the ranking
/// since, the next page begins at its old band and residual: it may repeat places, and leaves none out.
struct RankMark: Sendable, Hashable {
    var listOrder: Int
    var residual: Int
    var location: LocationID

    init(listOrder: Int, residual: Int, location: LocationID) {
        self.listOrder = listOrder
        self.residual = residual
        self.location = location
    }

    /// Reads what ``text`` wrote; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let listOrder = parts[0].asciiNumber, (1...5).contains(listOrder),
            let residual = parts[1].asciiNumber, (1...25).contains(residual), let location = LocationID(parts[2])
        else { return nil }
        self.init(listOrder: listOrder, residual: residual, location: location)
    }

    var text: String { "\(listOrder).\(residual).\(location.text)" }
}
