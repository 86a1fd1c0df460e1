import Logging
import Postgres
import Safeguarding
import ServiceLifecycle
import StoreTestSupport
import TestSupport
import Testing

@testable import Store

/// Wake-ups: hints that are few and never waited for.
@Suite(needsServer)
struct PublicationNotifierTests {
    @Test func `at most one notification goes out in 50 ms`() {
        let notifier = PublicationNotifier(bell: Doorbell(), logger: Logger(label: "test"))
        let start = ContinuousClock.now
        #expect(notifier.isDue(at: start))
        #expect(!notifier.isDue(at: start + .milliseconds(49)))
        #expect(notifier.isDue(at: start + .milliseconds(50)))
        #expect(!notifier.isDue(at: start + .milliseconds(99)))
    }

    @Test func `another daemon's bell rings when something is published or recorded`() async throws {
        try await Scene.with { scene in
            let reactor = try EpollReactor()
            defer { reactor.stop() }
            let bells = (feed: Doorbell(), due: Doorbell(), credentials: Doorbell())
            let wakeUps = WakeUps(
                settings: scene.fixture.settings(.feed),
                feed: bells.feed,
                due: bells.due,
                credentials: bells.credentials,
                readiness: reactor,
                logger: scene.fixture.logger
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await wakeUps.run() }
                // The first ring of each is that of the connection.
                let heard = (
                    feed: await bells.feed.wait(after: 0), due: await bells.due.wait(after: 0),
                    credentials: await bells.credentials.wait(after: 0)
                )
                try await scene.report(["a", "b"], at: try await scene.place())
                try await scene.drain()
                #expect(await bells.feed.wait(after: heard.feed) > heard.feed)
                await DueNotice(bell: Doorbell(), logger: scene.fixture.logger).send(on: scene.fixture.admin)
                #expect(await bells.due.wait(after: heard.due) > heard.due)
                _ = try await scene.rows("NOTIFY placeguard_credentials")
                #expect(await bells.credentials.wait(after: heard.credentials) > heard.credentials)
                group.cancelAll()
            }
        }
    }
}
