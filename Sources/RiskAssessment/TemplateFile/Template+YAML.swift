import Safeguarding

extension Template {
    /// Reads and checks a template file; throws every fault at once.
    ///
    /// Unknown keys are refused with the nearest known one; numbers are read exactly as they are written.
    package convenience init(yaml: String) throws(TemplateRefusal) {
        let root = try TemplateNode.parse(yaml)
        let faults = TemplateFaults()
        let file = TemplateCursor(node: root, path: "", faults: faults)
        file.only(
            "id",
            "version",
            "title",
            "evidence",
            "notice",
            "marking",
            "handling",
            "category-groups",
            "categories",
            "signs",
            "grading",
            "factors",
            "events",
            "likelihood",
            "severity",
            "controls",
            "bands",
            "trend",
            "confidence",
            "reviews",
            "alerts",
            "disruption",
            "prompts",
            "examples"
        )
        let header = Template.readHeader(file)
        let names = CategoryNames(file)
        let signs = file["signs"].elements().map { Template.readSign($0, names) }
        let rules = Template.readRules(file, names)
        let catalogues = Catalogues(
            disruption: file["disruption"].elements(allowEmpty: true).map { Template.readDisruption($0, names) },
            prompts: file["prompts"].elements(allowEmpty: true).compactMap(Template.readPrompt),
            examples: file["examples"].elements().map(Template.readExample)
        )
        TemplateCheck(file: file, header: header, names: names, signs: signs, rules: rules, catalogues: catalogues)
            .run()
        guard faults.list.isEmpty else { throw TemplateRefusal(faults: faults.list) }
        self.init(
            header: header,
            signs: signs,
            categories: names.definitions,
            rules: rules,
            catalogues: catalogues,
            outline: root.outline
        )
    }

    private static func readHeader(_ file: TemplateCursor) -> Header {
        Header(
            id: file["id"].code(),
            version: file["version"].integer(1...999_999),
            title: file["title"].text(),
            evidence: file["evidence"].choice(EvidenceKind.self) ?? .safeguarding,
            notice: file["notice"].isPresent ? file["notice"].text() : nil,
            marking: file["marking"].text(),
            handling: file["handling"].text()
        )
    }
}

/// The categories of a file and the names under which lists of them are written: codes, groups and `all`.
struct CategoryNames {
    let definitions: [CategoryDefinition]
    private let groups: [String: Set<LocationCategory>]

    init(_ file: TemplateCursor) {
        definitions = file["categories"].elements().compactMap(CategoryNames.readCategory)
        let known = Set(definitions.map(\.category))
        var groups: [String: Set<LocationCategory>] = ["all": known]
        for category in known { groups[category.rawValue] = [category] }
        let section = file["category-groups"]
        if case .mapping(let members, _)? = section.node {
            for member in members {
                let list = section[member.key]
                if groups[member.key] != nil { list.fault(.repeated, "is a category or group already") }
                groups[member.key] = Set(list.elements().flatMap { CategoryNames.read($0, groups) })
            }
        } else if section.isPresent {
            section.fault(.wrongType, "must name groups of categories")
        }
        self.groups = groups
    }

    /// The categories of a list of codes and groups.
    func read(_ list: TemplateCursor) -> Set<LocationCategory> {
        Set(list.elements().flatMap { CategoryNames.read($0, groups) })
    }

    private static func read(
        _ element: TemplateCursor,
        _ groups: [String: Set<LocationCategory>]
    ) -> Set<LocationCategory> {
        element.choice(from: groups.keys.sorted()).flatMap { groups[$0] } ?? []
    }

    private static func readCategory(_ entry: TemplateCursor) -> CategoryDefinition? {
        entry.only("code", "label", "covers", "regulator", "note", "restricted")
        let category = entry["code"].choice(LocationCategory.self)
        let label = entry["label"].text()
        let covers = entry["covers"].text()
        let regulator = entry["regulator"].text()
        let note = entry["note"].text()
        let isRestricted = entry["restricted"].flag()
        return category.map {
            CategoryDefinition(
                category: $0,
                label: label,
                covers: covers,
                regulator: regulator,
                note: note,
                isRestricted: isRestricted
            )
        }
    }
}
