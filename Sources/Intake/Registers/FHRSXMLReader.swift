import Safeguarding

/// Places of the Food Hygiene Rating Scheme's own XML.
struct FHRSXMLReader: PlaceReader {
    private var xml = XMLReader()
    private var collector = Collector()

    mutating func push(_ bytes: [UInt8], _ summary: inout RegisterImport.Summary) throws -> [RegisteredLocation] {
        do { try xml.push(bytes) { collector.handle($0) } } catch let fault as XMLReader.Fault {
            throw InvalidRegister.xml(fault)
        }
        return take(&summary)
    }

    mutating func finish(_ summary: inout RegisterImport.Summary) throws -> [RegisteredLocation] {
        do { try xml.finish() } catch { throw InvalidRegister.xml(error) }
        return take(&summary)
    }

    private mutating func take(_ summary: inout RegisterImport.Summary) -> [RegisteredLocation] {
        var places: [RegisteredLocation] = []
        for entry in collector.take() {
            summary.records += 1
            do { places.append(try entry.location()) } catch { summary.fail(summary.records, error) }
        }
        return places
    }

    /// Gathers the fields between the tags of an establishment, at whatever level: the position has one of its own.
    private struct Collector {
        private static let record = "EstablishmentDetail"

        private var done: [FHRSEntry] = []
        private var entry: FHRSEntry?
        private var field: String?

        mutating func handle(_ event: XMLReader.Event) {
            switch event {
            case .start(Collector.record): entry = FHRSEntry()
            case .start(let name): field = name
            case .text(let text): if let field { entry?.set(field, text) }
            case .end(Collector.record):
                if let entry { done.append(entry) }
                entry = nil
            case .end: field = nil
            }
        }

        mutating func take() -> [FHRSEntry] {
            defer { done.removeAll(keepingCapacity: true) }
            return done
        }
    }
}
