/// What differs between two templates, value by value, in the order of the newer one.
package struct TemplateDiff: Sendable, Hashable {
    /// One value that was added, removed or changed.
    package struct Change: Sendable, Hashable, CustomStringConvertible {
        package var path: String
        /// Nil where it was added.
        package var before: String?
        /// Nil where it was removed.
        package var after: String?

        /// `~ factors.source.2: 0.7 -> 0.8`, `+` for what was added, `-` for what was removed.
        package var description: String {
            switch (before, after) {
            case (let before?, let after?): "~ \(path): \(before) -> \(after)"
            case (nil, let after?): "+ \(path): \(after)"
            case (let before?, nil): "- \(path): \(before)"
            case (nil, nil): "  \(path)"
            }
        }
    }

    package let lines: [Change]

    package init(from old: Template, to new: Template) {
        let before = Dictionary(old.outline.map { ($0.path, $0.value) }) { first, _ in first }
        let after = Dictionary(new.outline.map { ($0.path, $0.value) }) { first, _ in first }
        let removed = old.outline.filter { after[$0.path] == nil }.map {
            Change(path: $0.path, before: $0.value, after: nil)
        }
        let changed = new.outline.filter { before[$0.path] != $0.value }.map {
            Change(path: $0.path, before: before[$0.path], after: $0.value)
        }
        lines = changed + removed
    }
}
