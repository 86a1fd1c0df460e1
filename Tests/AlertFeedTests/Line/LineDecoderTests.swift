import AlertFeed
import NIOCore
import NIOEmbedded
import Testing

struct LineDecoderTests {
    private func lines(_ chunks: [[UInt8]], limit: Int = FeedLimits.clientLine) -> [ReceivedLine] {
        var decoder = LineDecoder(limit: limit)
        var buffer = ByteBuffer()
        var lines: [ReceivedLine] = []
        for chunk in chunks {
            buffer.writeBytes(chunk)
            while let line = decoder.decode(buffer: &buffer) { lines.append(line) }
            buffer.discardReadBytes()
        }
        while let line = decoder.decodeLast(buffer: &buffer, seenEOF: true) { lines.append(line) }
        #expect(buffer.readableBytes == 0)
        return lines
    }

    @Test(arguments: [(1_022, true), (1_023, true), (1_024, false), (1_025, false), (5_000, false)])
    func `a line has at most 1 024 bytes with its end`(_ content: Int, _ fits: Bool) {
        let bytes = [UInt8](repeating: 0x61, count: content) + [0x0A]
        let expected: ReceivedLine = fits ? .line(String(repeating: "a", count: content)) : .tooLong
        #expect(lines([bytes]) == [expected])
        #expect(lines(bytes.map { [$0] }) == [expected])
    }

    @Test func `a CR counts towards the limit and is dropped before the LF only`() {
        let full = [UInt8](repeating: 0x61, count: 1_022) + [0x0D, 0x0A]
        #expect(lines([full]) == [.line(String(repeating: "a", count: 1_022))])
        let over = [UInt8](repeating: 0x61, count: 1_023) + [0x0D, 0x0A]
        #expect(lines([over]) == [.tooLong])
        #expect(lines([Array("a\rb\r\n".utf8)]) == [.line("a\rb")])
        #expect(lines([Array("\r\n\n".utf8)]) == [.line(""), .line("")])
        #expect(lines([Array("a\r\r\n".utf8)]) == [.line("a\r")])
    }

    @Test func `the stream goes on behind a line that is too long`() {
        let long = [UInt8](repeating: 0x61, count: 3_000) + [0x0A]
        let expected: [ReceivedLine] = [.line("x"), .tooLong, .line("y")]
        let bytes = Array("x\n".utf8) + long + Array("y\n".utf8)
        #expect(lines([bytes]) == expected)
        #expect(lines(bytes.map { [$0] }) == expected)
    }

    @Test func `it is the same cut in two at every byte`() {
        let bytes = Array("HELLO 1 nc 1\r\nPING\n\nPING Grüße\n".utf8)
        let expected: [ReceivedLine] = [.line("HELLO 1 nc 1"), .line("PING"), .line(""), .line("PING Grüße")]
        for cut in 0...bytes.count {
            #expect(lines([Array(bytes.prefix(cut)), Array(bytes.dropFirst(cut))]) == expected)
        }
    }

    @Test(arguments: [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0xF4, 0x90, 0x80, 0x80]] as [[UInt8]])
    func `bytes that are not UTF-8 are told apart`(_ bytes: [UInt8]) {
        #expect(lines([bytes + [0x0A], Array("x\n".utf8)]) == [.badUTF8, .line("x")])
    }

    @Test func `part of a line is never emitted`() {
        #expect(lines([Array("PING\nQUI".utf8)]) == [.line("PING")])
        #expect(lines([Array("QUIT".utf8)]) == [])
        #expect(lines([Array("QUIT\r".utf8)]) == [])
    }

    @Test func `what is discarded takes no memory`() {
        var decoder = LineDecoder()
        var buffer = ByteBuffer()
        var emitted = 0
        for _ in 0..<1_000 {
            buffer.writeRepeatingByte(0x61, count: 10_000)
            while decoder.decode(buffer: &buffer) != nil { emitted += 1 }
            #expect(buffer.readableBytes == 0)
            buffer.discardReadBytes()
        }
        #expect(emitted == 1)
        #expect(buffer.capacity < 100_000)
    }

    @Test func `it works as a decoder in a pipeline`() throws {
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(LineDecoder()))
        try channel.writeInbound(ByteBuffer(string: "one\ntwo"))
        try channel.writeInbound(ByteBuffer(string: "\nthree"))
        #expect(try channel.readInbound(as: ReceivedLine.self) == .line("one"))
        #expect(try channel.readInbound(as: ReceivedLine.self) == .line("two"))
        #expect(try channel.readInbound(as: ReceivedLine.self) == nil)
        #expect(try channel.finish().isClean)
    }
}
