package import Safeguarding

/// A template as the store keeps it: the file, what identifies it, and the codes that SQL has to know.
package struct TemplateRecord: Sendable, Hashable {
    /// A code of one of the template's catalogues.
    package struct Code: Sendable, Hashable {
        /// Which catalogue it belongs to, with what SQL checks of it.
        package enum Kind: Sendable, Hashable {
            case sign(severity: Int, isStructural: Bool)
            case category
            case control
        }

        package var kind: Kind
        package var code: String
        package var label: String

        package init(kind: Kind, code: String, label: String) {
            self.kind = kind
            self.code = code
            self.label = label
        }
    }

    package var id: String
    package var version: Int
    /// The file, byte for byte.
    package var source: String
    package var title: String
    /// Shown on every output of a demonstration.
    package var notice: String?
    package var marking: String
    package var codes: [Code]

    package init(
        id: String,
        version: Int,
        source: String,
        title: String,
        notice: String?,
        marking: String,
        codes: [Code]
    ) {
        self.id = id
        self.version = version
        self.source = source
        self.title = title
        self.notice = notice
        self.marking = marking
        self.codes = codes
    }
}

/// Why a template was not put into force.
package enum TemplateRefusal: String, Error, Sendable, CaseIterable {
    /// The version is on record with other content: a changed template needs a new version.
    case versionReused = "template-version-reused"
}

/// A template on record, without its codes.
package struct StoredTemplate: Sendable, Hashable {
    package var id: String
    package var version: Int
    package var source: String
    package var title: String
    package var activatedAt: Moment?
    package var isActive: Bool

    package init(
        id: String,
        version: Int,
        source: String,
        title: String,
        activatedAt: Moment?,
        isActive: Bool
    ) {
        self.id = id
        self.version = version
        self.source = source
        self.title = title
        self.activatedAt = activatedAt
        self.isActive = isActive
    }
}

/// What putting a template into force set going.
package enum Activation: Sendable, Hashable {
    /// It was in force already.
    case unchanged
    /// Places to be scored anew, and the run whose summary will tell of it; no run where there were none.
    case activated(places: Int, run: Int64?)
}
