import Hummingbird
import NIOCore
import Safeguarding

extension JSON {
    /// The compact text in a buffer, ready to be written.
    var buffer: ByteBuffer {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return ByteBuffer(bytes: bytes)
    }
}

extension Response {
    /// An answer of one JSON value.
    static func json(_ value: JSON, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: value.buffer)
        )
    }

    /// An answer of JSON text that is already written.
    static func json(text: String, status: HTTPResponse.Status) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
