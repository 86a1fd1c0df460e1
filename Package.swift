// swift-tools-version: 6.2
import PackageDescription

// Every target is compiled with the strictest settings the toolchain offers: data races, unsafe memory and
// warnings are build errors. `unsafe` is allowed in Postgres and Platform only (Tests/run checks it).
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]

// The migrations, embedded in the binary. SwiftPM takes files, not folders; a test holds this list to the directory.
let migrations = [
    "V0001_foundation.sql",
    "V0002_assessment.sql",
    "V0003_due_list.sql",
    "V0004_coordination.sql",
    "V0005_readers.sql",
    "V0006_chains.sql",
    "V0007_addressed.sql",
    "V0008_retention.sql",
    "V0009_epochs.sql",
    "V0010_lineage.sql",
    "V0011_sealing.sql",
    "V0012_seen.sql",
    "V0013_looking_back.sql",
    "V0014_digests.sql",
    "V0015_bursts.sql",
    "V0016_whose_digest.sql",
    "V0017_claims.sql",
    "V0018_acted_on.sql",
    "V0019_held.sql",
    "V0020_standing.sql",
    "V0021_mutes_told.sql",
]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "placeguard",
    products: [.executable(name: "placeguard", targets: ["placeguard"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
        .package(
            url: "https://github.com/apple/swift-configuration",
            exact: "1.4.0",
            traits: [.trait(name: "YAML"), .trait(name: "JSON")]
        ),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", exact: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "Postgres", dependencies: ["CLibPQ", log, lifecycle, deque], swiftSettings: strict),
        .target(name: "Platform", dependencies: [log], swiftSettings: strict),
        .target(name: "Safeguarding", swiftSettings: strict),
        .target(name: "RiskAssessment", dependencies: ["Safeguarding", yams], swiftSettings: strict),
        .target(
            name: "Briefings",
            dependencies: ["Safeguarding", .product(name: "Mustache", package: "swift-mustache")],
            resources: ["briefing.mustache", "place.mustache", "page.css"].map { .embedInCode("Templates/\($0)") },
            swiftSettings: strict
        ),
        .target(
            name: "Store",
            dependencies: ["Postgres", "Safeguarding", crypto, log, metrics, lifecycle],
            resources: (migrations.map { "../../Schema/\($0)" } + ["../../Deploy/bootstrap.sql"]).map {
                .embedInCode($0)
            },
            swiftSettings: strict
        ),
        .target(
            name: "Intake",
            dependencies: ["Safeguarding", crypto, deque, log, metrics, lifecycle, yams],
            swiftSettings: strict
        ),
        .target(
            name: "Assessor",
            dependencies: ["Safeguarding", "RiskAssessment", log, metrics, lifecycle],
            swiftSettings: strict
        ),
        .target(
            name: "AlertFeed",
            dependencies: ["Safeguarding", nio, nioPosix, nioSSL, crypto, log, metrics, lifecycle, deque],
            exclude: ["PROTOCOL.md"],
            swiftSettings: strict
        ),
        .target(
            name: "Web",
            dependencies: [
                "Safeguarding", "Intake", "Briefings", log, metrics, lifecycle, crypto,
                nio, nioPosix, nioSSL,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ],
            resources: [.embedInCode("Operations/openapi.yaml")],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "placeguard",
            dependencies: [
                "Safeguarding", "Postgres", "Platform", "RiskAssessment", "Briefings", "Store", "Intake", "Assessor",
                "AlertFeed", "Web", log, metrics, lifecycle, crypto, nio, nioPosix, nioSSL, yams,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            resources: [
                .embedInCode("../../Deploy/bootstrap.sql"), .embedInCode("../../Deploy/templates/safeguarding.yaml"),
            ],
            swiftSettings: strict
        ),

        .executableTarget(
            name: "assess-benchmark",
            dependencies: ["RiskAssessment", "Safeguarding", "TestSupport"],
            path: "Benchmarks/AssessBenchmark",
            swiftSettings: strict
        ),

        .target(
            name: "TestSupport",
            dependencies: ["Safeguarding", "Postgres", log],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .target(
            name: "StoreTestSupport",
            dependencies: ["Safeguarding", "Postgres", "Store", "TestSupport", log],
            path: "Tests/StoreTestSupport",
            swiftSettings: strict
        ),
        tests("PostgresTests", ["Postgres"]),
        tests("PlatformTests", ["Platform"]),
        tests("SafeguardingTests", ["Safeguarding"]),
        tests("RiskAssessmentTests", ["RiskAssessment", "Safeguarding"]),
        tests("BriefingsTests", ["Briefings", "Safeguarding"], exclude: ["Golden"]),
        tests("StoreTests", ["Store", "StoreTestSupport", "Safeguarding", "Postgres", "RiskAssessment", "Assessor"]),
        tests("IntakeTests", ["Intake", "Safeguarding", log, lifecycle], exclude: ["Corpus"]),
        tests(
            "AssessorTests",
            ["Assessor", "RiskAssessment", "Safeguarding", log, lifecycle]
        ),
        tests(
            "AlertFeedTests",
            ["AlertFeed", "Safeguarding", nio, nioPosix, nioSSL, nioEmbedded, log, lifecycle],
            exclude: ["Sessions", "Corpus"]
        ),
        tests(
            "WebTests",
            [
                "Web", "Intake", "Briefings", "Safeguarding", log, metrics, lifecycle, nio, nioPosix, nioSSL, yams,
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "Hummingbird", package: "hummingbird"),
            ]
        ),
        tests(
            "DaemonTests",
            [
                "placeguard", "AlertFeed", "Platform", yams, "Safeguarding", "Postgres", "Store", "StoreTestSupport",
                log,
                lifecycle,
                nioPosix,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
            ]
        ),
    ]
)
