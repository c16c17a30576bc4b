/// Requests whose bodies go through as they arrive, and answers that are not spooled.
extension Exchange {
    /// Stops the body: nothing more is read from the client until ``resumeBody()``. On the exchange's loop.
    package func pauseBody() {
        stream?.isPaused = true
        connection?.bodyChanged(self)
    }

    package func resumeBody() {
        guard stream?.isPaused == true else { return }
        stream?.isPaused = false
        connection?.bodyChanged(self)
    }

    /// Some of a streamed body was given to a sink: the request cannot be run again.
    package var isBodyTouched: Bool { stream?.isTouched ?? false }
}
