import Crypto
import Safeguarding

/// A mapping bound to the header of one file: rows in, report objects out.
///
/// Remembers how often each row without a number of its own was seen, so that identical rows stay distinct by ordinal.
struct RowMapper {
    /// A row as the validator takes it, or what the mapping could not make of it.
    struct MappedRow {
        var value: JSONValue
        var revision: Int?
        /// Reference made of the row's digest; goes into the rejects file, so that a mended row keeps its identity.
        var digestReference: String?
        var faults: [RowFault]
    }

    /// The column of a rejects file that carries a digest reference.
    static let referenceColumn = "placeguard_reference"
    /// The column of a rejects file that says what is wrong; ignored when the mended file is read.
    static let faultColumn = "placeguard_fault"

    private struct BoundSource {
        var source: Mapping.Source
        var columns: [Int]
    }

    /// Columns of the header by position.
    let header: [String]
    /// Columns that no field is made of, for the person who imports: a column that matters must not vanish unnoticed.
    let unmapped: [String]
    /// The file is a rejects file of ours: guarded cells are read back.
    let isRejectsFile: Bool
    private let mapping: Mapping
    private let fields: [(target: MappingTarget, sources: [BoundSource])]
    private let referenceIndex: Int?
    private let givenReferenceIndex: Int?
    private let revisionIndex: Int?
    private let digestColumns: [Int]
    private var seen: [UInt64Pair: Int] = [:]

    /// Binds to the first record of a file; names every column that is missing.
    init(_ mapping: Mapping, header row: CSVRow) throws(InvalidReport) {
        let names = (0..<row.count).map { CellText.read(row[$0], mapping.encoding) ?? "" }
        let positions = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
        var faults = FaultList()
        if row.fault != nil || Set(names).count != names.count {
            faults.add(.badCSV, at: "", "the header has a fault or names a column twice")
        }
        func position(_ column: String) -> Int {
            if let position = positions[column] { return position }
            let near = NearestName.of(column, among: names).map { "\($0)?" }
            faults.add(
                .missingColumn,
                at: column,
                "is no column of the file",
                accepted: near ?? "a column of this name"
            )
            return -1
        }
        fields = mapping.fields.map { field in
            (field.target, field.sources.map { BoundSource(source: $0, columns: $0.columns.map(position)) })
        }
        referenceIndex = mapping.reference.column.map(position)
        revisionIndex = mapping.revision.map(position)
        givenReferenceIndex = positions[RowMapper.referenceColumn]
        isRejectsFile = positions[RowMapper.faultColumn] != nil
        guard faults.isEmpty else { throw InvalidReport(faults: faults.faults) }
        let own = [RowMapper.referenceColumn, RowMapper.faultColumn]
        digestColumns = names.indices.filter { !own.contains(names[$0]) }
        let used = Set(
            fields.flatMap { $0.sources.flatMap(\.columns) } + [referenceIndex, revisionIndex].compactMap { $0 }
        )
        unmapped = digestColumns.filter { !used.contains($0) }.map { names[$0] }
        header = names
        self.mapping = mapping
    }

    // MARK: Rows

    mutating func map(_ row: CSVRow) -> MappedRow {
        if let fault = row.fault {
            let message = "the row has a bad shape: \(fault.rawValue)"
            return rejected(RowFault(row: row.number, reason: .badCSV, message: message))
        }
        guard row.count == header.count else {
            let message = "the row has \(row.count) fields instead of \(header.count)"
            return rejected(RowFault(row: row.number, reason: .badCSV, message: message))
        }
        var builder = ReportBuilder()
        var faults: [RowFault] = []
        for field in fields {
            for bound in field.sources {
                read(bound, field.target, row, into: &builder, &faults)
            }
        }
        let digest = reference(of: row, into: &builder, &faults)
        let revision = revision(of: row, &faults)
        return MappedRow(value: builder.value, revision: revision, digestReference: digest, faults: faults)
    }

    private func rejected(_ fault: RowFault) -> MappedRow {
        MappedRow(value: .null, revision: nil, digestReference: nil, faults: [fault])
    }

    /// The fault of the validator as one of this row.
    func rowFault(_ fault: Fault, in row: CSVRow) -> RowFault {
        let column = column(of: fault.field)
        return RowFault(
            row: row.number,
            column: column.map { header[$0] },
            valueClass: column.map { RowFault.ValueClass(row[$0]) },
            reason: fault.reason,
            message: (column == nil && !fault.field.isEmpty ? fault.field + " " : "") + fault.message,
            accepted: fault.accepted
        )
    }

    private func column(of path: String) -> Int? {
        if path == "reference" { return referenceIndex }
        let targets = MappingTarget.targets(of: path)
        for field in fields where targets.contains(field.target) {
            if let column = field.sources.lazy.flatMap(\.columns).first { return column }
        }
        return nil
    }

    // MARK: Cells

    private func cell(_ index: Int, of row: CSVRow) -> String? {
        guard let text = CellText.read(row[index], mapping.encoding) else { return nil }
        return isRejectsFile ? CSVWriter.unguarded(text) : text
    }

    private func read(
        _ bound: BoundSource,
        _ target: MappingTarget,
        _ row: CSVRow,
        into builder: inout ReportBuilder,
        _ faults: inout [RowFault]
    ) {
        if let constant = bound.source.constant {
            builder.set(target, constant)
            return
        }
        var cells: [String] = []
        for index in bound.columns {
            guard let text = cell(index, of: row) else {
                let accepted = mapping.encoding.rawValue
                faults.append(fault(index, row, .badUnicode, "is no text in the file's encoding", accepted: accepted))
                return
            }
            guard !text.isEmpty else { continue }
            cells.append(bound.source.labels ? header[index] + ": " + text : text)
        }
        guard !cells.isEmpty, let column = bound.columns.first else { return }
        let text = cells.joined(separator: bound.source.separator ?? (target == .narrative ? "\n" : " "))
        for piece in pieces(text, bound.source.split) {
            guard let values = values(of: piece, bound.source) else {
                faults.append(fault(column, row, .unknownValue, "is no value that the mapping knows"))
                continue
            }
            for value in values { set(value, target, column, row, &builder, &faults) }
        }
    }

    private func pieces(_ text: String, _ split: String?) -> [String] {
        guard let split else { return [text] }
        return text.split(separator: split).map { $0.trimmed }.filter { !$0.isEmpty }
    }

    private func values(of text: String, _ source: Mapping.Source) -> [String]? {
        guard let table = source.values else { return [text] }
        return table[text] ?? table[text.lowercased()] ?? source.otherwise
    }

    private func set(
        _ value: String,
        _ target: MappingTarget,
        _ column: Int,
        _ row: CSVRow,
        _ builder: inout ReportBuilder,
        _ faults: inout [RowFault]
    ) {
        if target.isTime {
            guard let time = mapping.time.read(value) else {
                faults.append(fault(column, row, .badTime, "is no time in the mapping's format"))
                return
            }
            builder.set(target, time)
        } else if let codes = target.codes, !codes.contains(value) {
            let accepted = codes.joined(separator: ", ")
            faults.append(fault(column, row, .unknownValue, "is no value of \(target.rawValue)", accepted: accepted))
        } else {
            builder.set(target, value)
        }
    }

    private func fault(
        _ column: Int,
        _ row: CSVRow,
        _ reason: RefusalReason,
        _ message: String,
        accepted: String? = nil
    ) -> RowFault {
        RowFault(
            row: row.number,
            column: header[column],
            valueClass: RowFault.ValueClass(row[column]),
            reason: reason,
            message: message,
            accepted: accepted
        )
    }

    // MARK: Identity

    /// Sets the reference: the row's number, else its digest, which is given back.
    private mutating func reference(
        of row: CSVRow,
        into builder: inout ReportBuilder,
        _ faults: inout [RowFault]
    ) -> String? {
        if let index = givenReferenceIndex, let given = cell(index, of: row), !given.isEmpty {
            builder.reference = given
            return given
        }
        if let index = referenceIndex, let number = cell(index, of: row), !number.isEmpty {
            builder.reference = mapping.reference.prefix + number
            return nil
        }
        guard mapping.reference.otherwiseRowDigest else {
            let message = "the row has no number"
            faults.append(
                referenceIndex.map { fault($0, row, .missingField, message) }
                    ?? RowFault(row: row.number, reason: .missingField, message: message)
            )
            return nil
        }
        let digest = digest(of: row)
        builder.reference = digest
        return digest
    }

    /// SHA-256, in hexadecimal, of the digest of the row's fields and its ordinal among identical rows of the file.
    ///
    /// The fields enter with their lengths, so that quoting and line ends do not matter and no two rows look alike.
    private mutating func digest(of row: CSVRow) -> String {
        var hash = SHA256()
        var field: [UInt8] = []
        for index in digestColumns {
            let bytes = row[index]
            field.removeAll(keepingCapacity: true)
            for shift in [24, 16, 8, 0] { field.append(UInt8(truncatingIfNeeded: bytes.count >> shift)) }
            field += bytes
            hash.update(data: field)
        }
        let content = Array(hash.finalize())
        let ordinal = seen[UInt64Pair(content), default: 0] + 1
        seen[UInt64Pair(content)] = ordinal
        return Hexadecimal.text(SHA256.hash(data: content + Array(String(ordinal).utf8)))
    }

    private func revision(of row: CSVRow, _ faults: inout [RowFault]) -> Int? {
        guard let index = revisionIndex, let text = cell(index, of: row), !text.isEmpty else { return nil }
        guard let revision = text.asciiNumber else {
            faults.append(fault(index, row, .wrongType, "is no whole number", accepted: "0 to 999999999"))
            return nil
        }
        return revision
    }
}

/// The first 128 bits of a digest: enough to tell the rows of a file apart, half the memory.
private struct UInt64Pair: Hashable {
    var first: UInt64 = 0
    var second: UInt64 = 0

    init(_ digest: [UInt8]) {
        for byte in digest.prefix(8) { first = first << 8 | UInt64(byte) }
        for byte in digest.dropFirst(8).prefix(8) { second = second << 8 | UInt64(byte) }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        let front = drop { $0 == " " }
        return String(front.reversed().drop { $0 == " " }.reversed())
    }
}
