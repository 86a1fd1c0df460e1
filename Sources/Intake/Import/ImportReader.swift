import Safeguarding

/// A row that was read: valid, or with its faults; refused ones keep their cells for the rejects file.
struct ImportedRow {
    var number: Int
    var report: ValidatedReport?
    var faults: [RowFault] = []
    var digestReference: String?
    /// The cells as read, for the rejects file: also of valid rows, since the store may refuse them.
    var cells: CSVRow
}

/// Rows that are committed together.
struct ImportBatch {
    var rows: [ImportedRow] = []

    func reports(run: Int64) -> [ValidatedReport] {
        rows.compactMap { row in
            guard var report = row.report else { return nil }
            report.importRun = run
            return report
        }
    }
}

/// Reads a file into batches of validated rows.
struct ImportReader {
    private let mapping: Mapping
    private let validator: ReportValidator
    private let request: ReportImport.Request
    private var csv: CSVReader
    private var mapper: RowMapper?
    private var isAtEnd = false
    private(set) var bytesRead = 0

    init(mapping: Mapping, validator: ReportValidator, request: ReportImport.Request) {
        self.mapping = mapping
        self.validator = validator
        self.request = request
        csv = CSVReader(delimiter: mapping.delimiter)
    }

    /// The first record, once the first batch is read.
    private(set) var header = CSVRow()
    var unmapped: [String] { mapper?.unmapped ?? [] }

    /// The next rows, nil at the end of the file. A file without a header is refused.
    mutating func batch<File: AsyncIteratorProtocol>(
        from file: inout File
    ) async throws -> ImportBatch? where File.Element == [UInt8] {
        var batch = ImportBatch()
        var bytes = 0
        var row = CSVRow()
        while batch.rows.count < ReportImport.rowsPerBatch, bytes < ReportImport.bytesPerBatch {
            guard csv.next(&row) else {
                guard !isAtEnd else { break }
                if let chunk = try await file.next(isolation: #isolation) {
                    bytesRead += chunk.count
                    csv.push(chunk)
                } else {
                    isAtEnd = true
                    csv.finish()
                }
                continue
            }
            guard mapper != nil else {
                mapper = try RowMapper(mapping, header: row)
                header = row
                continue
            }
            bytes += row.byteCount
            if let imported = read(row) { batch.rows.append(imported) }
        }
        guard mapper != nil else {
            throw InvalidReport(
                .badCSV,
                message: "the file has no header",
                accepted: "the columns' names in the first row"
            )
        }
        return batch.rows.isEmpty ? nil : batch
    }

    private mutating func read(_ row: CSVRow) -> ImportedRow? {
        guard let mapped = mapper?.map(row) else { return nil }
        var imported = ImportedRow(
            number: row.number,
            faults: mapped.faults,
            digestReference: mapped.digestReference,
            cells: row
        )
        guard mapped.faults.isEmpty else { return imported }
        do {
            var report = try validator.validate(mapped.value, from: request.principal)
            report.isBackFile = request.isBackFile
            report.revision = mapped.revision
            imported.report = report
        } catch {
            imported.faults = error.faults.compactMap { mapper?.rowFault($0, in: row) }
        }
        return imported
    }
}
