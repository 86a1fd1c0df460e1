import Configuration

/// Turns the sources into typed values, keeping every fault instead of stopping at the first.
struct SettingsValues {
    private let sources: SettingsSources
    private(set) var faults: [SettingsError.Fault]

    init(_ sources: SettingsSources) {
        self.sources = sources
        self.faults = sources.faults
    }

    /// Records a fault of the key `name`, or of no key in particular.
    mutating func fault(_ kind: SettingsError.Fault.Kind, _ name: String, _ message: String) {
        let place = sources.places[name] ?? ""
        let text = name.isEmpty ? message : "\(name) \(message)"
        faults.append(.init(kind: kind, place: place, message: text))
    }

    /// The text of a key, or its default; nil when neither is there.
    ///
    /// Empty text is as good as none.
    mutating func text(_ name: String) -> String? {
        let given = value(name, wanted: "text") { reader, key in
            try reader.requiredString(forKey: key, isSecret: SettingKey.named(name)?.kind == .secret)
        }
        if let given, !given.isEmpty { return given }
        return SettingKey.named(name)?.standard
    }

    mutating func list(_ name: String) -> [String] {
        value(name, wanted: "a list") { try $0.requiredStringArray(forKey: $1) } ?? []
    }

    mutating func flag(_ name: String) -> Bool {
        value(name, wanted: "true or false") { try $0.requiredBool(forKey: $1) } ?? false
    }

    mutating func integer(_ name: String) -> Int {
        guard case .integer(let range) = SettingKey.named(name)?.kind,
            let standard = SettingKey.named(name)?.standard.flatMap({ Int($0) })
        else { return 0 }
        let wanted = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let given = value(name, wanted: wanted, { try $0.requiredInt(forKey: $1) }) else {
            return standard
        }
        if range.contains(given) { return given }
        fault(.badValue, name, "is \(given); it must be \(wanted)")
        return standard
    }

    mutating func choice(_ name: String) -> String {
        guard let key = SettingKey.named(name), case .choice(let words) = key.kind else { return "" }
        let given = text(name) ?? ""
        if words.contains(given) { return given }
        let nearest = NearestName.to(given, among: words) ?? ""
        fault(.badValue, name, "must be one of \(words.joined(separator: ", ")); did you mean \(nearest)?")
        return key.standard ?? ""
    }

    mutating func address(_ name: String) -> ListenAddress {
        if let address = ListenAddress(text(name) ?? "") { return address }
        fault(.badValue, name, "must be HOST:PORT, such as 127.0.0.1:8480 or [::1]:8480")
        return ListenAddress.nowhere
    }

    private mutating func value<Value>(
        _ name: String,
        wanted: String,
        _ read: (ConfigReader, ConfigKey) throws -> Value
    ) -> Value? {
        guard sources.places[name] != nil else { return nil }
        do {
            return try read(sources.reader, ConfigKey(name))
        } catch {
            // The library's error repeats the value, which may be a secret.
            fault(.badValue, name, "must be \(wanted)")
            return nil
        }
    }
}
