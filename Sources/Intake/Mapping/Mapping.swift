/// How one partner's CSV becomes reports: which column is which field, which value which code (interfaces.md).
///
/// A YAML file of the partnership's, written against one template and refused under another.
package struct Mapping: Sendable, Hashable {
    /// What the bytes of a cell mean.
    package enum Encoding: String, Sendable, CaseIterable {
        case utf8 = "utf-8"
        /// What spreadsheets on Windows save unless told otherwise.
        case windows1252 = "windows-1252"
    }

    /// What identifies a row of a file whose rows need not have a number.
    package struct Reference: Sendable, Hashable {
        /// Column with the agency's own number.
        package var column: String?
        /// Put before the number, so that two systems of an agency cannot collide.
        package var prefix: String
        /// Where the column is empty or there is none: SHA-256 of the row plus its ordinal among identical rows of the
        /// file, else the row is refused.
        package var otherwiseRowDigest: Bool
    }

    /// Where the value of a field comes from.
    package struct Source: Sendable, Hashable {
        /// Columns that are read, in order; none for a constant.
        package var columns: [String] = []
        package var constant: String?
        /// Cell to value, compared without regard to case; nil = the cell as it is. An empty value leaves the field out.
        package var values: [String: [String]]?
        /// For cells that `values` does not list; nil = such a row is refused.
        package var otherwise: [String]?
        /// Cuts a cell into several values.
        package var split: String?
        /// Put between the cells of several columns.
        package var separator: String?
        /// Each cell with the name of its column before it.
        package var labels = false
    }

    /// One field with its sources; only `signs` may have several.
    package struct Field: Sendable, Hashable {
        package var target: MappingTarget
        package var sources: [Source]
    }

    package var name: String
    /// Identifier of the template whose codes it uses.
    package var template: String
    package var encoding: Encoding
    package var delimiter: UInt8
    package var reference: Reference
    /// Column with a whole number: a changed row with a higher one corrects the report.
    package var revision: String?
    package var time: TimeFormat
    package var fields: [Field]

    /// Every sign code that the mapping can produce.
    package var signs: Set<String> {
        var codes: Set<String> = []
        for field in fields where field.target == .signs {
            for source in field.sources {
                if let constant = source.constant { codes.insert(constant) }
                codes.formUnion(source.otherwise ?? [])
                for values in (source.values ?? [:]).values { codes.formUnion(values) }
            }
        }
        return codes
    }
}
