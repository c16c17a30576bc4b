import Testing
import WeirCore
import WeirTelemetry

@Suite("Prometheus text")
struct ExpositionTests {
    @Test func valuesAreEscaped() {
        var page = Exposition()
        page.add(
            "a_total", .counter, "One \\ two\nthree \"four\".",
            Exposition.Sample(1, ("app", "a\"b\\c\nd"), ("lane", "x")), Exposition.Sample(0.5)
        )
        #expect(
            page.text == """
                # HELP a_total One \\\\ two\\nthree "four".
                # TYPE a_total counter
                a_total{app="a\\"b\\\\c\\nd",lane="x"} 1
                a_total 0.5

                """)
    }

    @Test func whatHasNoSamplesIsNotMentioned() {
        var page = Exposition()
        page.add("a", .gauge, "Nothing.", [])
        page.add("b", .gauge, "Nothing.", nil)
        page.add("c_seconds", "Nothing.", [])
        #expect(page.text.isEmpty)
    }

    @Test func numbersThatAreNoneHaveTheirNames() {
        var page = Exposition()
        page.add(
            "a", .gauge, "Odd.", Exposition.Sample(.infinity), Exposition.Sample(-.infinity), Exposition.Sample(.nan))
        #expect(page.text.hasSuffix("a +Inf\na -Inf\na NaN\n"))
    }

    @Test func histogramsAreCumulative() {
        var tally = TimeHistogram.Tally()
        tally.buckets[0] = 2
        tally.buckets[3] = 1
        tally.buckets[TimeHistogram.bounds.count] = 4
        tally.sum = .milliseconds(1_500)
        var page = Exposition()
        page.add("w_seconds", "Waits.", [Exposition.Histogram([("app", "web")], tally)])
        #expect(page.text.contains("w_seconds_bucket{app=\"web\",le=\"0.001\"} 2\n"))
        #expect(page.text.contains("w_seconds_bucket{app=\"web\",le=\"0.005\"} 2\n"))
        #expect(page.text.contains("w_seconds_bucket{app=\"web\",le=\"0.01\"} 3\n"))
        #expect(page.text.contains("w_seconds_bucket{app=\"web\",le=\"60.0\"} 3\n"))
        #expect(
            page.text.hasSuffix(
                "w_seconds_bucket{app=\"web\",le=\"+Inf\"} 7\nw_seconds_sum{app=\"web\"} 1.5\nw_seconds_count{app=\"web\"} 7\n"
            ))
    }
}
