import Safeguarding

extension BriefingDocument {
    /// The briefing for a terminal: the same sections under the same numbers, marked above and below.
    package var plainText: String {
        var layout = TextLayout()
        layout.centred(header.marking)
        layout.line()
        writeHeader(&layout)
        writeGlance(&layout)
        writeChanges(&layout)
        layout.heading("3. Each place", underline: "-")
        if places.isEmpty { layout.line("None.") }
        for place in places { place.write(to: &layout) }
        if places.isEmpty { layout.line() }
        writeHealth(&layout)
        layout.heading("5. Decisions of this meeting", underline: "-")
        layout.line("Place / decision / reason / owner / due:")
        for _ in 0..<4 { layout.line(String(repeating: "_", count: TextLayout.width)) }
        layout.line()
        writeSources(&layout)
        layout.centred(header.marking)
        return layout.text.withoutTerminalControls
    }

    private func writeHeader(_ layout: inout TextLayout) {
        layout.heading("\(header.title): \(header.partnership)", underline: "=")
        if let notice = header.notice { layout.paragraph(notice, first: "DEMONSTRATION: ") }
        layout.line("Period:  \(header.period)")
        layout.line("Cut-off: \(London.display(header.cutOff)) (London)")
        layout.paragraph(header.scope, first: "Scope:   ")
        layout.paragraph(header.view.sentence, first: "View:    ")
        for line in header.handling { layout.paragraph(line, first: "* ") }
        layout.line()
    }

    private func writeGlance(_ layout: inout TextLayout) {
        layout.heading("1. Places at a glance", underline: "-")
        layout.paragraph(summarySentence)
        layout.line()
        guard !places.isEmpty else { return }
        layout.table(
            ["#", "Place", "Now", "Before", "Trend", "Conf.", "Open", "Review"],
            places.map { place in
                [
                    place.rank.map(String.init) ?? "", place.title, place.band.short, place.bandBefore?.short ?? "-",
                    place.trend.label, place.confidence.label, String(place.openAlerts.count),
                    place.isReviewOverdue
                        ? "OVERDUE" : place.reviewDue.map { London.display(London.date(at: $0)) } ?? "-",
                ]
            }
        )
        layout.line()
    }

    private func writeChanges(_ layout: inout TextLayout) {
        layout.heading("2. What changed since \(London.display(header.from))", underline: "-")
        if changes.isEmpty { layout.line("Nothing on this list.") }
        for group in changes.groups {
            layout.line(group.title + ":")
            for index in group.indices {
                let place = places[index]
                layout.paragraph(place.title + ". " + place.changeSentence, first: "\(place.rank ?? 0). ", indent: 2)
            }
        }
        layout.line()
    }

    private func writeHealth(_ layout: inout TextLayout) {
        layout.heading("4. Is the picture complete?", underline: "-")
        for row in health.reportsByKind { layout.line("  \(row.kind.label): \(row.count.text)") }
        layout.paragraph(health.silentSentence)
        layout.paragraph(health.unlocatedSentence)
        layout.line()
    }

    private func writeSources(_ layout: inout TextLayout) {
        layout.heading("6. Where the numbers come from", underline: "-")
        for fact in sourceFacts { layout.paragraph(fact.value, first: fact.name + ": ") }
        layout.line()
    }
}

extension Band {
    /// For narrow columns.
    fileprivate var short: String { self == .amberPlus ? "AMBER+" : label.uppercased() }
}

extension PlaceEntry {
    fileprivate func write(to layout: inout TextLayout) {
        layout.paragraph(
            "\(title) [\(band.short)]",
            first: rank.map { "\($0). " } ?? ""
        )
        layout.line("   \(categoryLabel); \(areas.isEmpty ? "no area" : areas.joined(separator: ", ")); \(id.text)")
        for reason in reasons { layout.paragraph(reason, first: "- ", indent: 3) }
        layout.paragraph(countsSentence, first: "- ", indent: 3)
        layout.paragraph(changeSentence, first: "Change: ", indent: 3)
        for sentence in openSentences { layout.paragraph(sentence, first: "Open: ", indent: 3) }
        for gap in gaps { layout.paragraph(gap, first: "Gap: ", indent: 3) }
        layout.line()
    }
}

extension String {
    /// Control characters other than line ends become `?`: a name must not drive somebody's terminal.
    var withoutTerminalControls: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    switch scalar.value {
                    case 0x0A: scalar
                    case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: "?"
                    default: scalar
                    }
                }
            )
        )
    }
}
