import Foundation

@testable import WeirCore

extension ProcessSimulation {
    func arrive() {
        guard now - start < plan.end else { return }
        after(Nanoseconds(Int(-log(1 - generator.fraction()) / plan.load * 1e9)), .arrival)
        requests.append(Request(arrived: now))
        let request = requests.count - 1
        take(request, scheduler.arrive(request, lane: 0, loop: generator.below(2), now: now))
        if waiting.contains(request) { perform(pool.demand(queued: scheduler.queued, now: now)) }
    }

    private func take(_ request: Int, _ arrival: Arrival) {
        switch arrival {
        case .dispatch(let place): begin(request, at: place)
        case .wait: waiting.insert(request)
        case .shed: answer(request, .shed)
        }
    }

    func turnedAway(_ request: Int) {
        waiting.remove(request)
        answer(request, .shed)
    }

    private func answer(_ request: Int, _ answer: Answer) {
        if let given = requests[request].answer { report("request \(request) had two answers: \(given), \(answer)") }
        requests[request].answer = answer
        answers[answer, default: 0] += 1
    }

    /// All that may run now.
    func handOut() {
        while case .dispatch(let request, let place, _, _) = scheduler.nextRunnable(now: now) {
            begin(request, at: place)
            if canary == .handsOutOne { return }
        }
    }

    func hand(out next: Scheduler<Int>.Next) {
        if case .dispatch(let request, let place, _, _) = next { begin(request, at: place) }
    }

    private func begin(_ request: Int, at place: WorkerID) {
        waiting.remove(request)
        let worker = scheduler.worker(of: place)
        let known = pool.workers[worker.index]
        guard known.isServing, let pid = known.pid, let process = processes[pid], process.isAdded else {
            return report("request \(request) was given to worker \(worker.index), which is \(known.stateName)")
        }
        if !process.isConnected || process.isLetGo { report("request \(request) was given to a leaving process") }
        if process.jobs[place.index] != nil { report("two requests at place \(place.index)") }
        if requests[request].answer != nil { report("request \(request) was started after its answer") }
        processes[pid]?.jobs[place.index] = request
        pool.requestStarted(worker, now: now)
        after(ProcessSimulationPlan.requestTimeout, .timedOut(pid, place: place.index, request: request))
        guard process.isAlive else { return }
        let time = min(2, -log(1 - generator.fraction()) * plan.serviceTime)
        if strikes(plan.dies) { after(Nanoseconds(Int(generator.fraction() * time * 1e9)), .crashes(pid)) }
        if !strikes(plan.hangs) {
            after(Nanoseconds(Int(time * 1e9)), .finished(pid, place: place.index, request: request))
        }
    }

    /// Answered, or given up by the connection to the process: then the process goes on.
    func finished(_ pid: Int32, _ place: Int, _ request: Int, _ outcome: Answer) {
        guard let process = processes[pid], process.jobs[place] == request, process.isConnected else { return }
        if outcome == .completed && !process.isAlive { return }
        processes[pid]?.jobs[place] = nil
        answer(request, outcome)
        let isForgotten = canary == .forgetsTimedOut && outcome == .timedOut
        let actions = isForgotten ? [] : pool.requestFinished(process.worker, now: now)
        takeOut(actions)
        let place = WorkerID(place)
        hand(out: outcome == .completed ? scheduler.finished(place, now: now) : scheduler.lost(place, now: now))
        perform(actions)
        closeIfDone(pid)
    }

    /// The process died with them: one that may come again does, once; nobody has begun to answer in here.
    func lost(_ jobs: [Int]) {
        for request in jobs {
            guard !requests[request].hasComeAgain, generator.oneIn(2) else {
                answer(request, .workerDied)
                continue
            }
            requests[request].hasComeAgain = true
            let arrived = requests[request].arrived
            take(request, scheduler.arriveAgain(request, lane: 0, loop: 0, arrived: arrived, now: now))
        }
    }
}
