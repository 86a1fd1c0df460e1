extension Unicode.Scalar {
    /// Of the blocks C0 and C1, or DEL: moves a terminal's cursor instead of being shown.
    package var isControl: Bool { value < 0x20 || (0x7F...0x9F).contains(value) }

    /// Whether a reader sees it: no control, no space of any kind, nothing of no width.
    package var isShown: Bool { !isControl && !properties.isWhitespace && !properties.isDefaultIgnorableCodePoint }
}

extension String {
    /// Says nothing that anybody could read: where words are asked for, these are none.
    package var isBlank: Bool { !unicodeScalars.contains(where: \.isShown) }
}
