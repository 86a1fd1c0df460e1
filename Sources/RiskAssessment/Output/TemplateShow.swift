/// A template as a person reads it in a terminal: who it is, what it must not be taken for, and every value.
package struct TemplateShow: Sendable {
    package let lines: [String]

    package init(_ template: Template) {
        var lines = ["\(template.id) version \(template.version): \(template.title)"]
        if let notice = template.notice { lines.append(notice) }
        lines.append(
            "\(template.signs.count) signs, \(template.categories.count) categories, "
                + "\(template.controls.catalogue.count) controls, \(template.disruption.count) disruption options, "
                + "\(template.prompts.count) prompts, \(template.examples.count) examples"
        )
        lines.append("")
        self.lines = lines + template.outline.map(\.description)
    }
}
