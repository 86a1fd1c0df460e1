package import Safeguarding

/// Loads reference data: places from a register, postcodes, boundaries. Safe to run again.
///
/// Reads chunk by chunk and hands over in batches; a record that cannot be read is reported and left out. While one batch
/// is stored nothing else is read, so memory stays bounded however large the file is.
package struct RegisterImport: Sendable {
    /// Records of one transaction.
    package static let batch = 1_000
    /// Faults kept for the summary; further ones are only counted.
    package static let faultsKept = 1_000

    package struct Summary: Sendable, Hashable {
        /// Records read, bad ones included.
        package var records = 0
        package var counts = RegisterCounts()
        /// The first faults; `faulty` counts them all.
        package var faults: [RegisterFault] = []
        package var faulty = 0

        package init() {}

        mutating func fail(_ record: Int, _ code: RegisterFault.Code) {
            faulty += 1
            if faults.count < RegisterImport.faultsKept { faults.append(RegisterFault(record: record, code: code)) }
        }
    }

    private let register: any LocationRegister
    private let actor: String

    package init(register: any LocationRegister, actor: String) {
        self.register = register
        self.actor = actor
    }

    // MARK: Places

    /// Loads a Food Hygiene Rating Scheme file, XML or the flattened CSV: the first character tells which.
    @concurrent
    package func locations<Chunks: AsyncSequence>(
        reading chunks: Chunks,
        progress: @Sendable (Summary) async -> Void = { _ in }
    ) async throws -> Summary where Chunks.Element == [UInt8] {
        var file = chunks.makeAsyncIterator()
        var head: [UInt8] = []
        while head.allSatisfy({ RegisterImport.space.contains($0) }) {
            guard let chunk = try await file.next() else { throw InvalidRegister.unknownFormat }
            head += chunk
            guard head.count <= RegisterImport.longestLead else { throw InvalidRegister.unknownFormat }
        }
        let isXML = head.first { !RegisterImport.space.contains($0) } == UInt8(ascii: "<")
        var reader: any PlaceReader = isXML ? FHRSXMLReader() : FHRSCSVReader()
        var summary = Summary()
        var chunk: [UInt8]? = head
        while let bytes = chunk {
            try Task.checkCancellation()
            try await store(reader.push(bytes, &summary), &summary, progress)
            chunk = try await file.next()
        }
        try await store(reader.finish(&summary), &summary, progress)
        return summary
    }

    /// What may stand before the first character: white space and a byte-order mark.
    private static let space: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF]
    /// Bytes of the first chunk that are looked at.
    private static let longestLead = 16 * 1_024 * 1_024

    private func store(
        _ places: [RegisteredLocation],
        _ summary: inout Summary,
        _ progress: @Sendable (Summary) async -> Void
    ) async throws {
        var rest = places[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(RegisterImport.batch))
            rest = rest.dropFirst(batch.count)
            summary.counts.add(try await register.upsert(locations: batch, actor: actor))
            await progress(summary)
        }
    }

    // MARK: Postcodes

    /// Loads a table with a postcode, a latitude and a longitude column, such as the National Statistics Postcode Lookup.
    @concurrent
    package func postcodes<Chunks: AsyncSequence>(
        reading chunks: Chunks,
        progress: @Sendable (Summary) async -> Void = { _ in }
    ) async throws -> Summary where Chunks.Element == [UInt8] {
        var table = PostcodeTable()
        var summary = Summary()
        for try await chunk in chunks {
            try await store(try table.push(chunk, &summary), &summary, progress)
        }
        try await store(try table.finish(&summary), &summary, progress)
        return summary
    }

    private func store(
        _ postcodes: [PostcodePosition],
        _ summary: inout Summary,
        _ progress: @Sendable (Summary) async -> Void
    ) async throws {
        var rest = postcodes[...]
        while !rest.isEmpty {
            let batch = Array(rest.prefix(RegisterImport.batch))
            rest = rest.dropFirst(batch.count)
            summary.counts.add(try await register.upsert(postcodes: batch))
            await progress(summary)
        }
    }

    // MARK: Areas

    /// Loads boundaries from a GeoJSON FeatureCollection (RFC 7946), the whole file at once.
    @concurrent
    package func areas<Chunks: AsyncSequence>(
        reading chunks: Chunks,
        properties: AreaProperties = AreaProperties()
    ) async throws -> Summary where Chunks.Element == [UInt8] {
        var document: [UInt8] = []
        for try await chunk in chunks {
            document += chunk
            guard document.count <= AreaGeoJSON.bytes else { throw InvalidRegister.tooLarge }
        }
        var summary = Summary()
        let areas = try AreaGeoJSON.read(document, properties, &summary)
        if !areas.isEmpty { summary.counts.add(try await register.upsert(areas: areas)) }
        return summary
    }
}

/// Makes places of the bytes of a register.
protocol PlaceReader {
    /// Takes some bytes, gives the places that are complete in them; bad records go into the summary.
    mutating func push(_ bytes: [UInt8], _ summary: inout RegisterImport.Summary) throws -> [RegisteredLocation]
    /// The file has ended; throws where it is not whole.
    mutating func finish(_ summary: inout RegisterImport.Summary) throws -> [RegisteredLocation]
}

extension RegisterCounts {
    fileprivate mutating func add(_ other: RegisterCounts) {
        added += other.added
        changed += other.changed
        unchanged += other.unchanged
        withoutPosition += other.withoutPosition
    }
}
