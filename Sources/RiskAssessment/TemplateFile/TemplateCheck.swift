import Safeguarding

/// What no single value of a template can show: names that must exist elsewhere, steps in order, and the conditions under
/// which the laws of scoring.md 11 hold.
struct TemplateCheck {
    let file: TemplateCursor
    let header: Template.Header
    let names: CategoryNames
    let signs: [SignDefinition]
    let rules: Template.Rules
    let catalogues: Template.Catalogues

    func run() {
        checkHeader()
        checkCategories()
        checkSigns()
        checkFactors()
        checkSteps()
        checkSeverity()
        checkControls()
        checkCatalogues()
    }

    private func checkHeader() {
        if header.evidence == .demonstration && header.notice == nil {
            file["notice"].fault(.missing, "a demonstration must say that it is no safeguarding evidence")
        }
        if header.evidence == .safeguarding && header.notice != nil {
            file["notice"].fault(.inconsistent, "belongs to demonstrations only")
        }
    }

    private func checkCategories() {
        let entries = file["categories"].children
        unique(entries, names.definitions.map(\.category.rawValue))
        for (entry, definition) in zip(entries, names.definitions)
        where definition.category.isRestricted && !definition.isRestricted {
            entry["restricted"].fault(.inconsistent, "this category is restricted and must say so")
        }
    }

    private func checkSigns() {
        let entries = file["signs"].children
        unique(entries, signs.map(\.code))
        for (entry, sign) in zip(entries, signs) {
            if sign.isProtective && sign.severity != 0 {
                entry["severity"].fault(.inconsistent, "a protective sign has severity 0")
            }
            if !sign.isProtective && sign.severity == 0 {
                entry["severity"].fault(.inconsistent, "severity 0 is for protective signs")
            }
            if sign.isProtective && sign.isStructural {
                entry["structural"].fault(.inconsistent, "a protective sign does not age and needs no inspection")
            }
        }
    }

    /// Points must not rise by age, and a lift must not lower (laws 1 and 4).
    private func checkFactors() {
        let steps = file["factors"]["age"].children
        for (index, pair) in zip(rules.factors.ageSteps, rules.factors.ageSteps.dropFirst()).enumerated() {
            if pair.1.underDays <= pair.0.underDays {
                steps[index + 1]["under-days"].fault(.wrongOrder, "must be later than the step before")
            }
            if pair.1.factor > pair.0.factor {
                steps[index + 1]["factor"].fault(.wrongOrder, "must not be greater than the step before")
            }
        }
        let corroboration = rules.factors.corroboration
        let lifted = rules.factors.information[corroboration.lifts]
        let target = rules.factors.information[corroboration.countsAs]
        if corroboration.lifts == .e || corroboration.countsAs == .e {
            file["factors"]["corroboration"].fault(.inconsistent, "what is suspected to be false is never scored")
        } else if let lifted, let target, target < lifted {
            file["factors"]["corroboration"]["counts-as"].fault(.wrongOrder, "must not count for less")
        }
    }

    private func checkSteps() {
        let likelihood = file["likelihood"]["steps"]
        if rules.likelihood.steps.count != 4 && likelihood.isPresent {
            likelihood.fault(.outOfRange, "must be four: where likelihood 2, 3, 4 and 5 begin")
        }
        rising(likelihood, rules.likelihood.steps)
        let bands = file["bands"]
        rising(bands, [Hundredths(rules.bands.amber), Hundredths(rules.bands.amberPlus), Hundredths(rules.bands.red)])
    }

    private func checkSeverity() {
        let trusted = rules.severity.trusted
        if trusted.contains(.e) || trusted.isEmpty {
            file["severity"]["trusted"].fault(.inconsistent, "must be some of A, B, C and D")
        }
        if rules.confidence.highGrades.contains(.e) {
            file["confidence"]["high-grades"].fault(.inconsistent, "must be some of A, B, C and D")
        }
    }

    private func checkControls() {
        let section = file["controls"]
        unique(section["catalogue"].children, rules.controls.catalogue.map(\.code))
        let reductions = section["reductions"]
        rising(reductions, rules.controls.reductions.map(\.credit))
        rising(reductions, rules.controls.reductions.map { Hundredths($0.lowers) })
        if rules.controls.verifiedLongerAgo > rules.controls.verified {
            section["credits"]["verified-longer-ago"].fault(.wrongOrder, "must not be greater than 'verified'")
        }
        known(rules.controls.withheldBySigns, section["withheld"]["signs"])
    }

    private func checkCatalogues() {
        unique(file["disruption"].children, catalogues.disruption.map(\.code))
        let prompts = file["prompts"].children
        if prompts.count == catalogues.prompts.count {
            for (entry, rule) in zip(prompts, catalogues.prompts) { known(rule.signs, entry["when"]["signs"]) }
        }
        unique(prompts, catalogues.prompts.map(\.prompt.rawValue))
        let examples = file["examples"].children
        unique(examples, catalogues.examples.map(\.name))
        for (entry, example) in zip(examples, catalogues.examples) {
            for (report, form) in zip(entry["reports"].children, example.reports) {
                known(Set(form.signs), report["signs"])
            }
            if !names.definitions.contains(where: { $0.category == example.category }) {
                entry["category"].fault(.unknownName, "is not a category of this template")
            }
        }
    }

    // MARK: Helpers

    private func unique(_ entries: [TemplateCursor], _ codes: [String]) {
        guard entries.count == codes.count else { return }
        var seen: Set<String> = []
        for (entry, code) in zip(entries, codes) where !seen.insert(code).inserted {
            entry.fault(.repeated, "stands in the list already")
        }
    }

    private func rising(_ entry: TemplateCursor, _ values: [Hundredths]) {
        if zip(values, values.dropFirst()).contains(where: { $0 >= $1 }) {
            entry.fault(.wrongOrder, "must rise from each to the next")
        }
    }

    private func known(_ codes: Set<String>, _ entry: TemplateCursor) {
        let catalogue = signs.map(\.code)
        for code in codes.sorted() where !catalogue.contains(code) {
            let hint = NearestName.of(code, among: catalogue).map { "; did you mean '\($0)'?" } ?? ""
            entry.fault(.unknownName, "names a sign that the catalogue does not have" + hint)
        }
    }
}
