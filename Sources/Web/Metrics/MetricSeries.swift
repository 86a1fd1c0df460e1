import CoreMetrics
import Synchronization

/// A number that only rises.
final class CounterSeries: CounterHandler {
    private let count = Atomic<Int64>(0)

    var total: Int64 { count.load(ordering: .relaxed) }

    /// Negative amounts are ignored; at the end of the range it stays there.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        var current = count.load(ordering: .relaxed)
        while true {
            let (sum, overflow) = current.addingReportingOverflow(amount)
            let (done, seen) = count.weakCompareExchange(
                expected: current,
                desired: overflow ? .max : sum,
                ordering: .relaxed
            )
            if done { return }
            current = seen
        }
    }

    func reset() { count.store(0, ordering: .relaxed) }
}

/// A number that was last seen.
final class GaugeSeries: RecorderHandler, MeterHandler {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func increment(by amount: Double) { add(amount) }
    func decrement(by amount: Double) { add(-amount) }

    private func add(_ amount: Double) {
        var current = bits.load(ordering: .relaxed)
        while true {
            let sum = (Double(bitPattern: current) + amount).bitPattern
            let (done, seen) = bits.weakCompareExchange(expected: current, desired: sum, ordering: .relaxed)
            if done { return }
            current = seen
        }
    }
}

/// How values are spread, in fixed buckets.
final class HistogramSeries: RecorderHandler, TimerHandler {
    /// For times: from a request that touches no disk to one that ran into its limit.
    static let seconds: [Double] = [
        0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
    ]
    /// For sizes and lengths: three a decade.
    static let counts: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000]

    private struct State {
        var buckets: [UInt64]
        var sum = 0.0
        var count: UInt64 = 0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(buckets: Array(repeating: 0, count: bounds.count)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 }
        state.withLock { state in
            if let bucket { state.buckets[bucket] &+= 1 }
            state.sum += value
            state.count &+= 1
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

    /// Cumulative buckets, sum and count.
    func write(name: String, labels: String, to out: inout String) {
        let state = state.withLock { $0 }
        var total: UInt64 = 0
        for (bound, count) in zip(bounds, state.buckets) {
            total &+= count
            out += "\(name)_bucket\(with(labels, le: PrometheusMetrics.number(bound))) \(total)\n"
        }
        out += "\(name)_bucket\(with(labels, le: "+Inf")) \(state.count)\n"
        out += "\(name)_sum\(labels) \(PrometheusMetrics.number(state.sum))\n"
        out += "\(name)_count\(labels) \(state.count)\n"
    }

    private func with(_ labels: String, le bound: String) -> String {
        labels.isEmpty ? "{le=\"\(bound)\"}" : labels.dropLast() + ",le=\"\(bound)\"}"
    }
}
