package import CoreMetrics
import Synchronization

/// The daemon's metrics, kept in memory and shown as Prometheus text at `/metrics`.
///
/// Installed once as swift-metrics' factory. One series for each label and set of dimensions, however often it is asked
/// for; a series that was made stays, so that counters never fall. Dimensions that could name an agency, a place or a
/// person are left out whatever the caller says (design.md "A score must not leak"), which joins their series into one.
package final class PrometheusMetrics: MetricsFactory {
    /// Series at most: our own are under two hundred; a label that grows without bound must not take the memory.
    package static let maximumSeries = 2_000

    /// Dimensions that never become labels (design.md "Trust": no label by agency, area, location or compartment).
    package static let forbiddenLabels: Set<String> = [
        "agency", "area", "location", "place", "compartment", "person", "name", "token", "address", "reference", "path",
        "uri",
    ]

    /// A name with its labels in order.
    struct Key: Hashable, Comparable {
        var name: String
        /// `{reason="x",route="y"}` or empty.
        var labels: String

        static func < (a: Key, b: Key) -> Bool { (a.name, a.labels) < (b.name, b.labels) }
    }

    private enum Series {
        case counter(CounterSeries)
        case gauge(GaugeSeries)
        case histogram(HistogramSeries)

        var type: String {
            switch self {
            case .counter: "counter"
            case .gauge: "gauge"
            case .histogram: "histogram"
            }
        }
    }

    private let series = Mutex<[Key: Series]>([:])

    package init() {}

    // MARK: MetricsFactory

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        find(label, dimensions, make: { .counter(CounterSeries()) }) { series in
            if case .counter(let counter) = series { counter } else { nil }
        } ?? CounterSeries()
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        guard aggregate else { return gauge(label, dimensions) }
        return find(label, dimensions, make: { .histogram(HistogramSeries(bounds: HistogramSeries.counts)) }) {
            series in
            if case .histogram(let histogram) = series { histogram } else { nil }
        } ?? HistogramSeries(bounds: HistogramSeries.counts)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        find(label, dimensions, make: { .histogram(HistogramSeries(bounds: HistogramSeries.seconds)) }) { series in
            if case .histogram(let histogram) = series { histogram } else { nil }
        } ?? HistogramSeries(bounds: HistogramSeries.seconds)
    }

    /// Series stay: a counter that came back at nothing would look like a restart.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    // MARK: Text

    /// The Prometheus text exposition format, version 0.0.4, names in order.
    package func text() -> String {
        let sorted = series.withLock { $0 }.sorted { $0.key < $1.key }
        var out = ""
        var described: String?
        for (key, series) in sorted {
            if described != key.name {
                described = key.name
                out += "# TYPE \(key.name) \(series.type)\n"
            }
            switch series {
            case .counter(let counter): out += "\(key.name)\(key.labels) \(counter.total)\n"
            case .gauge(let gauge): out += "\(key.name)\(key.labels) \(PrometheusMetrics.number(gauge.value))\n"
            case .histogram(let histogram): histogram.write(name: key.name, labels: key.labels, to: &out)
            }
        }
        return out
    }

    /// A sample's value: whole numbers without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && value.magnitude < 1e15 ? String(Int64(value)) : String(value)
    }

    // MARK: Series

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> GaugeSeries {
        find(label, dimensions, make: { .gauge(GaugeSeries()) }) { series in
            if case .gauge(let gauge) = series { gauge } else { nil }
        } ?? GaugeSeries()
    }

    /// The series of a label, made on first sight.
    ///
    /// Nil where it is of another type, or beyond the limit: such a handler
    /// counts for nobody.
    private func find<Handler>(
        _ label: String,
        _ dimensions: [(String, String)],
        make: () -> Series,
        as handler: (Series) -> Handler?
    ) -> Handler? {
        let key = PrometheusMetrics.key(label, dimensions)
        return series.withLock { known in
            if let found = known[key] { return handler(found) }
            guard known.count < PrometheusMetrics.maximumSeries else { return nil }
            let made = make()
            known[key] = made
            return handler(made)
        }
    }

    static func key(_ label: String, _ dimensions: [(String, String)]) -> Key {
        let labels =
            dimensions
            .map { (sanitized($0.0), $0.1) }
            .filter { !forbiddenLabels.contains($0.0.lowercased()) }
            .sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\(escaped($0.1))\"" }
        return Key(name: sanitized(label), labels: labels.isEmpty ? "" : "{" + labels.joined(separator: ",") + "}")
    }

    /// Letters, digits and underscores; anything else becomes an underscore.
    private static func sanitized(_ name: String) -> String {
        let text = String(
            name.unicodeScalars.map { scalar in
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_", ":": Character(scalar)
                default: "_"
                }
            }
        )
        return text.first?.isNumber ?? true ? "_" + text : text
    }

    private static func escaped(_ value: String) -> String {
        var out = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\"": out += "\\\""
            case "\n": out += "\\n"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
