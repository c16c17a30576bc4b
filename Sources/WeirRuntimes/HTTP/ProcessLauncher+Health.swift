import WeirCore
extension ProcessLauncher {
    func watch(_ instance: ProgramInstance, now: Instant) {}
}
