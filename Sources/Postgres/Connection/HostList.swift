/// The hosts of a connection string, so that an attempt can begin anew behind one that does not answer.
struct HostList: Equatable, Sendable {
    private struct Entry: Equatable, Sendable {
        var host: String
        var address: String
        var port: String
    }

    private var entries: [Entry] = []
    private var hasAddresses = false

    /// A list that is not known; libpq finds the hosts itself.
    init() {}

    /// Splits the lists the way libpq does: comma by comma, one port for all or one for each.
    init(_ keywords: [String: String], defaults: [String: String]) {
        let hosts = Self.list(keywords["host"])
        let addresses = Self.list(keywords["hostaddr"])
        let ports = Self.list(keywords["port"])
        let defaultPort = defaults["port"] ?? "5432"
        let count = max(hosts.count, addresses.count)
        hasAddresses = !addresses.isEmpty
        // libpq refuses lists of differing lengths with a message of its own.
        guard hosts.isEmpty || hosts.count == count, addresses.isEmpty || addresses.count == count,
            ports.count <= 1 || ports.count == count
        else { return }
        for index in 0..<count {
            let port = ports.isEmpty ? "" : ports[ports.count == 1 ? 0 : index]
            entries.append(
                Entry(
                    host: hosts.isEmpty ? "" : hosts[index],
                    address: addresses.isEmpty ? "" : addresses[index],
                    port: port.isEmpty ? defaultPort : port
                )
            )
        }
    }

    /// The hosts from a given one on, as libpq reports them.
    func endpoints(from index: Int) -> [Endpoint] {
        entries.dropFirst(index).map { Endpoint(host: $0.host.isEmpty ? $0.address : $0.host, port: $0.port) }
    }

    /// The keywords that say so; none for the whole list.
    func keywords(from index: Int) -> [String: String] {
        guard index > 0 else { return [:] }
        let remaining = entries.dropFirst(index)
        var keywords = [
            "host": remaining.map(\.host).joined(separator: ","),
            "port": remaining.map(\.port).joined(separator: ","),
        ]
        if hasAddresses { keywords["hostaddr"] = remaining.map(\.address).joined(separator: ",") }
        return keywords
    }

    private static func list(_ value: String?) -> [String] {
        guard let value, !value.isEmpty else { return [] }
        return value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
}
