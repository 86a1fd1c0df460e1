import Configuration
import Platform

/// The three places that settings come from, the later ones winning: file, environment, flags.
struct SettingsSources: Sendable {
    /// A file longer than this is not a configuration.
    private static let fileLimit = 1 << 20
    /// What stands for no file at all, where the standard one must not be read either.
    private static let noFile = "/dev/null"
    /// Variables with our prefix that are not settings: a credential for commands, the file's name, and the tests' own.
    private static let otherVariables: Set<String> = ["PLACEGUARD_TOKEN", "PLACEGUARD_CONFIG"]
    private static let otherPrefixes = ["PLACEGUARD_TEST_", "PLACEGUARD_SHARED_", "PLACEGUARD_BENCHMARK_"]

    /// Looks values up, flags first.
    let reader: ConfigReader
    /// Where the value in force of each key that was given comes from.
    let places: [String: String]
    /// Unknown keys, and secrets that others may read.
    let faults: [SettingsError.Fault]

    /// Reads the sources.
    ///
    /// - Parameters:
    ///   - file: a YAML file, or JSON when its name ends so; nil for none.
    ///   - flags: values by dotted name.
    /// - Throws: ``SettingsError`` when the file cannot be read at all.
    static func read(file: String?, environment: [String: String], flags: [String: String]) async throws
        -> SettingsSources
    {
        var providers: [any ConfigProvider] = []
        var places: [String: String] = [:]
        var faults: [SettingsError.Fault] = []
        if let file, file != noFile {
            let keys = try checkedKeys(of: file, faults: &faults)
            for key in keys { places[key.name] = "\(file):\(key.line)" }
            // swift-configuration refuses a file without any key, such as the example as it is.
            if !keys.isEmpty { providers.append(try await provider(for: file)) }
        }
        var variables: [String: String] = [:]
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where isSetting(name) && !value.isEmpty {
            guard let key = SettingKey.all.first(where: { $0.environmentName == name }) else {
                faults.append(unknown(name, place: "", among: SettingKey.all.map(\.environmentName)))
                continue
            }
            variables[SettingKey.environmentSuffix(key.name)] = value
            places[key.name] = name
        }
        providers.insert(environmentProvider(variables), at: 0)
        var given: [String: String] = [:]
        for (name, value) in flags.sorted(by: { $0.key < $1.key }) {
            guard SettingKey.named(name) != nil else {
                faults.append(unknown(name, place: "flag", among: SettingKey.all.map(\.name)))
                continue
            }
            given[SettingKey.environmentSuffix(name)] = value
            places[name] = "flag \(name)"
        }
        // The environment's provider is the one that turns text into numbers and lists; flags are text too.
        providers.insert(environmentProvider(given), at: 0)
        return SettingsSources(reader: ConfigReader(providers: providers), places: places, faults: faults)
    }

    private static let secretNames = Set(SettingKey.all.filter { $0.kind == .secret }.map(\.name))

    private static func isSetting(_ variable: String) -> Bool {
        variable.hasPrefix(SettingKey.environmentPrefix) && !otherVariables.contains(variable)
            && !otherPrefixes.contains { variable.hasPrefix($0) }
    }

    private static func unknown(_ name: String, place: String, among names: [String]) -> SettingsError.Fault {
        let nearest = NearestName.to(name, among: names) ?? ""
        return .init(kind: .unknownKey, place: place, message: "unknown key \(name); did you mean \(nearest)?")
    }

    private static func checkedKeys(
        of file: String,
        faults: inout [SettingsError.Fault]
    ) throws(SettingsError) -> [ConfigurationKeys.Found] {
        let keys: [ConfigurationKeys.Found]
        let facts: FileFacts
        do {
            let content = try RegularFile.read(file, limit: fileLimit)
            facts = content.facts
            keys = try ConfigurationKeys.list(in: String(decoding: content.bytes, as: UTF8.self))
        } catch {
            throw SettingsError(faults: [.init(kind: .unreadableFile, place: file, message: "\(error)")])
        }
        for key in keys where SettingKey.named(key.name) == nil {
            let place = "\(file):\(key.line)"
            faults.append(unknown(key.name, place: place, among: SettingKey.all.map(\.name)))
        }
        let holdsSecret = keys.contains { secretNames.contains($0.name) }
        if holdsSecret && facts.mode & 0o007 != 0 {
            let message =
                "holds connection strings and may be used by everybody (mode \(String(facts.mode, radix: 8))); "
                + "chmod o-rwx \(file)"
            faults.append(.init(kind: .openSecret, place: file, message: message))
        }
        return keys
    }

    private static func provider(for file: String) async throws -> any ConfigProvider {
        let location = ConfigReader(
            provider: InMemoryProvider(values: ["filePath": .init(.string(file), isSecret: false)])
        )
        do {
            if file.hasSuffix(".json") {
                let options = JSONSnapshot.ParsingOptions(secretsSpecifier: .specific(secretNames))
                return try await FileProvider<JSONSnapshot>(parsingOptions: options, config: location)
            }
            let options = YAMLSnapshot.ParsingOptions(secretsSpecifier: .specific(secretNames))
            return try await FileProvider<YAMLSnapshot>(parsingOptions: options, config: location)
        } catch {
            // The library's error may quote the file, in which there are secrets.
            let message = "every value must be text, a number, true or false, or a list of them"
            throw SettingsError(faults: [.init(kind: .unreadableFile, place: file, message: message)])
        }
    }

    private static func environmentProvider(_ variables: [String: String]) -> EnvironmentVariablesProvider {
        let secrets = Set(secretNames.map(SettingKey.environmentSuffix))
        return EnvironmentVariablesProvider(environmentVariables: variables, secretsSpecifier: .specific(secrets))
    }
}
