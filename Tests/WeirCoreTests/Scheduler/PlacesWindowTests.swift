import Testing

@testable import WeirCore

@Suite("How many places of a worker are used")
struct PlacesWindowTests {
    @Test("an idle app begins with few, and never has more than there are")
    func bounds() {
        #expect(PlacesWindow(places: 100).size == 4)
        #expect(PlacesWindow(places: 2).size == 2)
        var window = PlacesWindow(places: 10)
        for _ in 0..<10 { window.sample([window.size, 0]) }
        #expect(window.size == 10)
    }

    @Test("requests that wait for something else get all the places within a second")
    func slowRequests() {
        var window = PlacesWindow(places: 100)
        var sizes: [Int] = []
        for _ in 0..<9 {
            window.sample([min(64, window.size)])
            sizes.append(window.size)
        }
        #expect(sizes == [4, 4, 12, 12, 12, 36, 36, 36, 100])
    }

    @Test("what piles up at a worker that stands still does not count")
    func standingStill() {
        var window = PlacesWindow(places: 100)
        for _ in 0..<200 {
            // Noticed at the second sample; what has piled up is worked off at the next two.
            window.sample([4, 1])
            window.sample([nil, 1])
            window.sample([4, 1])
            window.sample([4, 1])
            window.sample([1, 1])
        }
        #expect(window.size == 4)
    }

    @Test("five seconds after a peak it is small again")
    func forgets() {
        var window = PlacesWindow(places: 100)
        for _ in 0..<10 { window.sample([50]) }
        #expect(window.size == 100)
        for _ in 0..<48 { window.sample([1]) }
        #expect(window.size == 100)
        for _ in 0..<3 { window.sample([1]) }
        #expect(window.size == 4)
    }
}
