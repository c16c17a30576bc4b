extension Keys {
    static let worker: [Key<WorkerSettings>] = [
        Key(
            "script", \.script, .workerScript,
            "The application's start and its loop over `weir_handle_request()`: one of Weir's own, or a file, seen from "
                + "the directory of `weir.yaml`. `auto`: by what the application's directory holds."),
        Key(
            "frankenphp", \.frankenphp, .bool,
            "Also define `frankenphp_handle_request()`, for scripts that were written for it."),
        Key(
            "preload", \.preload, .bool,
            "Start the application once, before the workers are forked: they share its memory, and a new one is there at "
                + "once. `false`: each worker starts it for itself."),
    ]
}

extension Scalar where Value == WorkerScript {
    static var workerScript: Scalar {
        let words = ["auto"] + WorkerScript.BuiltIn.allCases.map(\.rawValue)
        return Scalar(
            label: words.map { "`\($0)`" }.joined(separator: ", ") + " or path",
            expected: words.joined(separator: ", ") + " or a file such as worker.php",
            schema: ["anyOf": [["enum": .list(words.map { .text($0) })], ["type": "string", "pattern": "/|\\.php$"]]],
            parse: { text throws(Refusal) in
                if text == "auto" { return .auto }
                if let builtIn = WorkerScript.BuiltIn(rawValue: text) { return .builtIn(builtIn) }
                guard text.contains("/") || text.hasSuffix(".php"), !text.hasControls else {
                    throw Refusal(suggestion: NearestWord.to(text, among: words))
                }
                return .file(text)
            },
            print: { script in
                switch script {
                case .auto: "auto"
                case .builtIn(let builtIn): builtIn.rawValue
                case .file(let path): path
                }
            }
        )
    }
}
