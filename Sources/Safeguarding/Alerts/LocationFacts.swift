/// What an event may say of a place, already filtered for the view it goes to.
package struct LocationFacts: Sendable, Hashable {
    package var id: LocationID
    package var category: LocationCategory
    /// Area codes; for restricted places ward or larger only.
    package var areas: [String]
    /// Nil where the category is restricted or no record of the view gave a name.
    package var name: String?

    package init(id: LocationID, category: LocationCategory, areas: [String], name: String?) {
        self.id = id
        self.category = category
        self.areas = areas
        self.name = name
    }
}
