import Safeguarding

/// One rule of scoring.md section 10 that holds.
struct RiskRule: Hashable {
    var type: EventType
    var urgency: Urgency
    var why: [AlertReason]

    init(_ type: EventType, _ urgency: Urgency, _ why: [AlertReason]) {
        self.type = type
        self.urgency = urgency
        self.why = why
    }
}

extension Deciding {
    /// The rules that hold, in their order: the first gives the type of the event, `why` lists them all.
    func rules(_ fall: Fall) -> [RiskRule] {
        var rules: [RiskRule] = []
        if !new.immediate.isEmpty { rules.append(RiskRule(.immediate, .immediate, new.immediate)) }
        if movement.isUp {
            let reasons: [AlertReason] = isUpByMachine ? [.bandUp] : [.bandUp, .judgement]
            rules.append(RiskRule(movement == .raised ? .raised : .rising, band == .red ? .high : .normal, reasons))
        }
        if let assessment = input.assessment, assessment.hasSeverityFour, !input.published.hasSeverityFour {
            rules.append(RiskRule(.raised, .high, [new.isGraveOnlyRestricted ? .restricted : .firstSeverityFour]))
        }
        if movement == .becameUnrated { rules.append(RiskRule(.reviewDue, .high, [.becameUnrated])) }
        if band == .unrated, !new.possibleFive.isEmpty { rules.append(RiskRule(.reviewDue, .high, new.possibleFive)) }
        rules += reportedRules(of: new, isAnnounced: !rules.isEmpty)
        switch fall {
        case .eases(let reasons): rules.append(RiskRule(.easing, .low, reasons))
        case .joined: rules.append(RiskRule(.reviewDue, .normal, [.eventsJoined]))
        case .none, .waits: break
        }
        return rules
    }

    /// Rule 6.
    ///
    /// - Parameter isAnnounced: A rule before it holds, which tells of the scored ones.
    func reportedRules(of reportable: NewEvidence, isAnnounced: Bool) -> [RiskRule] {
        var rules: [RiskRule] = []
        if !reportable.unscored.isEmpty {
            rules.append(RiskRule(.reported, urgency(ofReported: reportable.unscoredSeverity), reportable.unscored))
        }
        if !reportable.severityFour.isEmpty, !isAnnounced {
            rules.append(RiskRule(.reported, urgency(ofReported: reportable.scoredSeverity), reportable.severityFour))
        }
        return rules
    }

    private func urgency(ofReported severity: Int) -> Urgency {
        severity >= template.alerts.highSeverity ? .high : .normal
    }

    private var isUpByMachine: Bool {
        BandMovement(from: input.published.band, to: input.assessment?.band).isUp
    }
}
