/// Import runs of report files.
package protocol ImportRuns: Sendable {
    /// Opens a run, or the open run of the same file and agency, so that an interrupted import goes on safely.
    func begin(agency: String, fileDigest: [UInt8], mapping: String, isBackFile: Bool, actor: String) async throws
        -> Int64
    /// Closes a run: from now on its summary is due when the last of its due rows has gone.
    func finish(_ run: Int64, counts: String) async throws
}
