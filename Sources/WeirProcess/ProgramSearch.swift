import Glibc

/// Finds a program by its name, as a shell does.
package enum ProgramSearch {
    package struct NotFound: Error, CustomStringConvertible {
        package let name: String
        let places: String
        package var description: String { "there is no program '\(name)' in \(places)" }
    }

    /// `name` with a slash is a path, seen from `directory`; another is looked for in `path`'s directories, in order.
    package static func find(_ name: String, path: String?, directory: String) throws(NotFound) -> String {
        guard !name.contains("/") else {
            let file = name.hasPrefix("/") ? name : "\(directory)/\(name)"
            guard isProgram(file) else { throw NotFound(name: name, places: directory) }
            return file
        }
        let places = path ?? "/usr/local/bin:/usr/bin:/bin"
        for place in places.split(separator: ":") {
            // An empty or relative place would be the directory, where nobody expects a program to be found.
            guard place.hasPrefix("/") else { continue }
            let file = "\(place)/\(name)"
            if isProgram(file) { return file }
        }
        throw NotFound(name: name, places: "PATH (\(places))")
    }

    private static func isProgram(_ file: String) -> Bool {
        var facts = stat()
        return stat(file, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG && access(file, X_OK) == 0
    }
}
