import Testing

@testable import Assessor

/// Which rings are left to the general workers.
struct AttendanceTests {
    @Test func `a ring is attended by who rests, and by who began after it`() {
        let attendance = Attendance(workers: 2)
        #expect(attendance.isAttended(7))
        attendance.begins(0, after: 7)
        #expect(attendance.isAttended(8))
        attendance.begins(1, after: 8)
        #expect(attendance.isAttended(7) && attendance.isAttended(8))
        #expect(!attendance.isAttended(9))
        attendance.rests(0)
        #expect(attendance.isAttended(9))
    }
}
