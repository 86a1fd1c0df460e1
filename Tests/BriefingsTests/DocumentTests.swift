import Briefings
import Safeguarding
import Testing

/// The document model: order, changes, health, sentences.
@Suite struct DocumentTests {
    @Test(
        arguments: [
            (nil, .green, .new), (.green, .amber, .higher), (.red, .amberPlus, .lower), (.amber, .amber, .same),
            (.red, .unrated, .unrated), (.unrated, .green, .rated), (.unrated, .unrated, .same), (nil, .unrated, .new),
        ] as [(Band?, Band, PlaceEntry.Change)]
    )
    func `a change is told from the band before and the band now`(before: Band?, now: Band, change: PlaceEntry.Change) {
        #expect(PlaceEntry.Change(from: before, to: now) == change)
    }

    @Test func `changes point at the places concerned`() {
        let changes = BriefingDocument(Marlowick.picture(.full)).changes
        #expect(changes.new == [0])
        #expect(changes.higher == [1])
        #expect(changes.lower == [3])
        #expect(changes.overdue == [1])
    }

    @Test func `places keep the order of the picture and are numbered from one`() {
        let places = BriefingDocument(Marlowick.picture(.full)).places
        #expect(places.map(\.rank) == [1, 2, 3, 4])
        #expect(places.map(\.band) == [.unrated, .red, .amber, .green])
    }

    @Test func `bands are listed unrated first and then from red down`() {
        #expect(Band.listed == [.unrated, .red, .amberPlus, .amber, .green])
        let shuffled = BriefingDocument(Marlowick.picture(.full)).countsByBand.map(\.band)
        #expect(shuffled == Band.listed)
    }

    @Test func `kinds that reported nothing are named as silent`() {
        let health = BriefingDocument(Marlowick.picture(.open)).health
        #expect(health.silent.contains(.police))
        #expect(health.silent.contains(.cctv))
        #expect(!health.silent.contains(.taxiOperator), "fewer than five is not silence")
        #expect(health.reportsByKind.map(\.kind) == [.licensing, .taxiOperator, .tradingStandards])
    }

    @Test func `the period is shown in London's time across the change of the clocks`() {
        let header = BriefingDocument(Marlowick.picture(.open)).header
        #expect(header.period == "22 Oct 2026 14:00 to 19 Nov 2026 14:30")
    }

    @Test func `the cut-off is the end asked for, else the moment of the snapshot`() {
        var picture = Marlowick.picture(.open)
        #expect(BriefingDocument(picture).header.cutOff == Marlowick.asOf)
        picture.query.to = Marlowick.moment("2026-11-01T00:00:00Z")
        #expect(BriefingDocument(picture).header.cutOff == picture.query.to)
    }

    @Test func `handling conditions come first and are told apart`() {
        #expect(BriefingDocument(Marlowick.picture(.full)).header.handling[0].hasPrefix("Handling code C"))
        #expect(BriefingDocument(Marlowick.picture(.open)).header.handling[0].hasPrefix("Handling code P"))
    }

    @Test func `filters are told in words`() {
        var picture = Marlowick.picture(.open)
        picture.query.area = "E05-Canalside"
        picture.query.band = .amber
        picture.query.category = .hotel
        #expect(
            BriefingDocument(picture).header.scope == "area E05-Canalside; Hotel; rated amber or higher, and unrated"
        )
        picture.query.band = .unrated
        #expect(BriefingDocument(picture).header.scope.hasSuffix("unrated only"))
    }

    @Test func `every mark has a sentence and every gap is told once`() {
        #expect(Set(Mark.allCases.map(\.sentence)).count == Mark.allCases.count)
        for place in BriefingDocument(Marlowick.picture(.full)).places {
            #expect(Set(place.gaps).count == place.gaps.count)
            #expect(place.marks.allSatisfy { place.gaps.contains($0.sentence) || place.reasons.contains($0.sentence) })
        }
    }

    @Test func `controls are credited in words only where they lowered the risk`() {
        let places = BriefingDocument(Marlowick.picture(.full)).places
        #expect(places[1].reasons.contains { $0.hasSuffix("no control lowers it.") })
        #expect(places[2].reasons.contains { $0.hasSuffix("4 after controls that were shown to work.") })
    }

    @Test func `a judgement is shown beside the score`() {
        let shop = BriefingDocument(Marlowick.picture(.full)).places[2]
        #expect(shop.reasons.contains("An assessor judged it amber; the score alone says green."))
    }

    @Test func `a sign or a category without words is shown by its code`() {
        var picture = Marlowick.picture(.full)
        picture.signLabels = [:]
        picture.categoryLabels = [:]
        let place = BriefingDocument(picture).places[1]
        #expect(place.signs.first?.label == "room-paid-cash")
        #expect(place.categoryLabel == "hotel")
    }
}
