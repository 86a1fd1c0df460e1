import CoreMetrics
import Testing

@testable import Web

/// The Prometheus text, series by series, on an exporter of its own.
@Suite struct PrometheusTests {
    @Test func `a counter rises and never falls`() {
        let metrics = PrometheusMetrics()
        let counter = metrics.makeCounter(label: "reports.total", dimensions: [("outcome", "created")])
        counter.increment(by: 2)
        counter.increment(by: -5)
        metrics.makeCounter(label: "reports.total", dimensions: [("outcome", "created")]).increment(by: 1)
        metrics.destroyCounter(counter)
        #expect(metrics.text() == "# TYPE reports_total counter\nreports_total{outcome=\"created\"} 3\n")
        counter.increment(by: .max)
        counter.increment(by: .max)
        #expect(metrics.text().contains(" \(Int64.max)\n"))
    }

    @Test func `a gauge shows what was last seen`() {
        let metrics = PrometheusMetrics()
        let gauge = metrics.makeRecorder(label: "queue", dimensions: [], aggregate: false)
        gauge.record(7 as Int64)
        gauge.record(2.5)
        let meter = metrics.makeMeter(label: "level", dimensions: [])
        meter.set(3 as Int64)
        meter.increment(by: 2)
        meter.decrement(by: 1)
        #expect(metrics.text() == "# TYPE level gauge\nlevel 4\n# TYPE queue gauge\nqueue 2.5\n")
    }

    @Test func `a timer fills cumulative buckets in seconds`() {
        let metrics = PrometheusMetrics()
        let timer = metrics.makeTimer(label: "took_seconds", dimensions: [("route", "/v1")])
        for nanoseconds in [500_000, 500_001, 20_000_000, 60_000_000_000] as [Int64] {
            timer.recordNanoseconds(nanoseconds)
        }
        let text = metrics.text()
        #expect(text.hasPrefix("# TYPE took_seconds histogram\n"))
        #expect(text.contains("took_seconds_bucket{route=\"/v1\",le=\"0.0005\"} 1\n"))
        #expect(text.contains("took_seconds_bucket{route=\"/v1\",le=\"0.001\"} 2\n"))
        #expect(text.contains("took_seconds_bucket{route=\"/v1\",le=\"0.025\"} 3\n"))
        #expect(text.contains("took_seconds_bucket{route=\"/v1\",le=\"30\"} 3\n"))
        #expect(text.contains("took_seconds_bucket{route=\"/v1\",le=\"+Inf\"} 4\n"))
        #expect(text.contains("took_seconds_count{route=\"/v1\"} 4\n"))
        #expect(text.contains("took_seconds_sum{route=\"/v1\"} 60.021000001\n"))
    }

    @Test func `a histogram of counts has bounds of its own`() {
        let metrics = PrometheusMetrics()
        metrics.makeRecorder(label: "batch", dimensions: [], aggregate: true).record(256 as Int64)
        #expect(metrics.text().contains("batch_bucket{le=\"200\"} 0\nbatch_bucket{le=\"500\"} 1\n"))
        metrics.makeRecorder(label: "batch", dimensions: [], aggregate: true).record(Double.nan)
        #expect(metrics.text().contains("batch_count 1\n"))
    }

    @Test(arguments: PrometheusMetrics.forbiddenLabels.sorted())
    func `a label that could name somebody or some place is left out`(label: String) {
        let metrics = PrometheusMetrics()
        for value in ["one", "two"] {
            metrics.makeCounter(label: "x", dimensions: [(label, value), ("kind", "k")]).increment(by: 1)
            metrics.makeCounter(label: "x", dimensions: [(label.uppercased(), value), ("kind", "k")]).increment(by: 1)
        }
        #expect(metrics.text() == "# TYPE x counter\nx{kind=\"k\"} 4\n")
    }

    @Test func `names and values are escaped and labels are in order`() {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "1 strange-name", dimensions: [("b", "q\"\\\n"), ("a", "x")]).increment(by: 1)
        #expect(metrics.text() == "# TYPE _1_strange_name counter\n_1_strange_name{a=\"x\",b=\"q\\\"\\\\\\n\"} 1\n")
    }

    @Test func `a label that grows without bound does not take the memory`() {
        let metrics = PrometheusMetrics()
        for number in 0..<(PrometheusMetrics.maximumSeries + 50) {
            metrics.makeCounter(label: "n", dimensions: [("i", String(number))]).increment(by: 1)
        }
        #expect(metrics.text().split(separator: "\n").count == PrometheusMetrics.maximumSeries + 1)
    }

    @Test func `one name asked for as two types stays what it was first`() {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "n", dimensions: []).increment(by: 1)
        metrics.makeTimer(label: "n", dimensions: []).recordNanoseconds(5)
        #expect(metrics.text() == "# TYPE n counter\nn 1\n")
    }

    @Test func `numbers are written as Prometheus reads them`() {
        let pairs: [(Double, String)] = [
            (1, "1"), (0.5, "0.5"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1e300, "1e+300"),
        ]
        for (value, text) in pairs { #expect(PrometheusMetrics.number(value) == text) }
    }
}
