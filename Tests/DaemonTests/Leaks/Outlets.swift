import Foundation
import TestSupport
import Testing

/// The programs that pass the feed on, with somebody at the other end of each.
struct Outlets: Sendable {
    /// A web address that answers the challenge, takes everything, and prints what it was sent: head and body.
    private static let webScript = """
        import hashlib, hmac, http.server, json, sys
        secret = open(sys.argv[1], 'rb').read()
        class Target(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length'])).decode()
                sent = json.loads(body)
                text = f"{sent.get('challenge')}.http://127.0.0.1:{server.server_port}/"
                code = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
                answer = json.dumps({'confirmed': code}).encode() if 'challenge' in sent else b''
                print(self.requestline + '\\n' + str(self.headers) + body, flush=True)
                self.send_response(200); self.send_header('Content-Length', str(len(answer)))
                self.end_headers(); self.wfile.write(answer)
            def log_message(self, *ignored): pass
        class Server(http.server.HTTPServer):
            def handle_error(self, *ignored): pass  # a relay is killed while it is answered
        server = Server(('127.0.0.1', 0), Target)
        print(server.server_port, flush=True)
        server.serve_forever()
        """

    /// A mail relay that asks for a password and prints what it was told, the login marked as such.
    private static let mailScript = """
        import socketserver
        class Target(socketserver.StreamRequestHandler):
            def handle(self):
                def say(line): self.wfile.write(line.encode() + b'\\r\\n')
                def hear(): return self.rfile.readline().decode().rstrip('\\r\\n')
                say('220 mail')
                while line := hear():
                    verb = line.split(' ')[0].upper()
                    if verb == 'EHLO': say('250-mail'); say('250 AUTH PLAIN')
                    elif verb == 'AUTH':
                        if line.count(' ') == 1: say('334 '); line += ' ' + hear()
                        print('LOGIN ' + line, flush=True); say('235 welcome')
                    elif verb == 'DATA':
                        say('354 go on')
                        message = []
                        while (text := hear()) != '.': message.append(text)
                        print('\\n'.join(message), flush=True); say('250 taken')
                    elif verb == 'QUIT': say('221 bye'); return
                    else: print(line, flush=True); say('250 fine')
        class Server(socketserver.ThreadingTCPServer): allow_reuse_address = True
        server = Server(('127.0.0.1', 0), Target)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """

    private let web: Program
    private let openWeb: Program
    private let mail: Program
    private let webRelay: Program
    private let openWebRelay: Program
    private let mailRelay: Program
    private let full: Program
    private let open: Program

    /// Starts them and waits until each has its subscription.
    ///
    /// - Parameters:
    ///   - full: Token whose feed the relays pass on, and which is followed.
    ///   - open: Token of the other view, of which a relay passes on too and which is followed.
    static func start(_ installation: Installation, feed: String, full: String, open: String) async throws -> Outlets {
        let secret = installation.state + "/hook.secret"
        try write("shared with the target: \(Planted.webhookSecret.text)", to: secret)
        let netrc = installation.state + "/netrc"
        try write("machine 127.0.0.1 login relay password \(Planted.mailSecret.text)\n", to: netrc)
        let python = try #require(Tool.find("python3"))
        let (web, openWeb) = (
            try Program(python, ["-c", webScript, secret]), try Program(python, ["-c", webScript, secret])
        )
        let mail = try Program(python, ["-c", mailScript])
        func placeguard(_ arguments: [String], _ token: String) throws -> Program {
            try Program(
                DaemonProcess.binary,
                arguments + ["--connect", feed],
                environment: ["PLACEGUARD_TOKEN": token]
            )
        }
        func webhook(to target: Program, _ token: String) async throws -> Program {
            let port = try #require(await target.line(0))
            let url = "http://127.0.0.1:\(port)/"
            return try placeguard(["relay", "webhook", "--name", "hook", "--url", url, "--secret-file", secret], token)
        }
        let mailPort = try #require(await mail.line(0))
        let outlets = Outlets(
            web: web,
            openWeb: openWeb,
            mail: mail,
            webRelay: try await webhook(to: web, full),
            openWebRelay: try await webhook(to: openWeb, open),
            mailRelay: try placeguard(
                [
                    "relay", "mail", "--name", "mail", "--smtp", "smtp://127.0.0.1:\(mailPort)", "--from",
                    "alerts@example.org", "--to", "duty@example.org", "--link", "https://placeguard.example.org/",
                    "--netrc-file", netrc, "--every", "0",
                ],
                full
            ),
            full: try placeguard(["follow", "--json", "--name", "lines"], full),
            open: try placeguard(["follow", "--json", "--name", "lines"], open)
        )
        for name in ["hook", "mail", "lines"] { try await Subscribed.wait(for: name, full, feed) }
        for name in ["hook", "lines"] { try await Subscribed.wait(for: name, open, feed) }
        return outlets
    }

    /// Writes a file that only its owner can use.
    private static func write(_ text: String, to path: String) throws {
        let made = FileManager.default.createFile(
            atPath: path,
            contents: Data(text.utf8),
            attributes: [.posixPermissions: 0o600]
        )
        try #require(made)
    }

    /// Waits until each has passed on the place's alert, which the mail knows by its id only.
    func passedOn(_ place: String, alert: String) async -> Bool {
        for program in [web, openWeb, full, open] where await !program.shows(place) { return false }
        return await mail.shows("Alert: \(alert)")
    }

    /// Waits until the relays have said that the feed is away, as they do when the daemon stops.
    func sayTheFeedIsAway() async -> Bool {
        for relay in [webRelay, openWebRelay, mailRelay] where await !relay.shows("relay: ") { return false }
        return true
    }

    /// Head and body of all that the web address was sent.
    var posted: Surface { Surface("the webhook", web.text) }
    var postedInOpenView: Surface { Surface("the webhook, open view", openWeb.text) }
    var followedInFullView: Surface { Surface("follow --json, full view", full.text) }
    var followedInOpenView: Surface { Surface("follow --json, open view", open.text) }
    /// What the relays told whoever runs them.
    var said: Surface { Surface("the relays' own words", webRelay.text + openWebRelay.text + mailRelay.text) }
    /// All that the mail relay was told but the login.
    var mailed: Surface { Surface("the mail", mail(isLogin: false)) }
    /// Where the mail relay's password belongs.
    var mailLogin: Surface { Surface("the mail relay's login", mail(isLogin: true)) }

    private func mail(isLogin: Bool) -> String {
        mail.text.split(separator: "\n").filter { $0.hasPrefix("LOGIN ") == isLogin }.joined(separator: "\n")
    }

    func stop() {
        for program in [webRelay, openWebRelay, mailRelay, full, open, web, openWeb, mail] { program.stop() }
    }
}
