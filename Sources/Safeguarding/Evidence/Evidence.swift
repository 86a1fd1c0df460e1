/// Everything that `assess` reads of one location in one view (scoring.md section 2).
///
/// Order means nothing. Items are the forms in force (not withdrawn, latest correction); controls may hold several states
/// of one measure, of which the latest known counts.
package struct Evidence: Sendable, Hashable {
    package var category: LocationCategory
    package var items: [RecordedItem]
    package var controls: [Control]
    package var reviews: [Review]
    package var inspections: [Inspection]

    package init(
        category: LocationCategory,
        items: [RecordedItem],
        controls: [Control] = [],
        reviews: [Review] = [],
        inspections: [Inspection] = []
    ) {
        self.category = category
        self.items = items
        self.controls = controls
        self.reviews = reviews
        self.inspections = inspections
    }
}

extension LocationWork {
    /// The evidence that counts in a view: in `open` from open-partner items only, and of the reviews those of the view.
    package func evidence(in view: View) -> Evidence {
        Evidence(
            category: category,
            items: items.filter { $0.belongs(to: view) },
            controls: controls,
            reviews: reviews.filter { $0.view == view },
            inspections: inspections
        )
    }
}
