import Safeguarding
import ServiceLifecycle
import Store

/// Makes the credential stores forget what they remember whenever credentials changed anywhere.
struct CredentialForgetting: Service {
    let bell: Doorbell
    let stores: [PostgresCredentialStore]

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var heard = bell.count
            while !Task.isCancelled {
                heard = await bell.wait(after: heard)
                for store in stores { store.credentialsChanged() }
            }
        }
    }
}
