import Testing
import WeirTestSupport

extension PHPApplications {
    @Suite("Which script runs")
    struct ScriptChoiceTests {
        @Test func filesBeforeScriptsBeforeTheFrontController() throws {
            let server = try PHPServer()
            #expect(try server.get("/files/note.txt").text == "hello text\n")
            #expect(try server.get("/count.php")["X-Entry"] == nil)
            #expect(try server.get("/folder/")["X-Entry"] == "folder/index.php")
            #expect(try server.get("/nowhere")["X-Entry"] == "index.php")
            #expect(try server.get("/nowhere.php")["X-Entry"] == "index.php")
            let folder = try server.get("/folder?q")
            #expect(folder.status == 301 && folder["Location"] == "/folder/?q")
        }

        /// The hole of misconfigured nginx: an upload that is run because the address ends in .php.
        @Test(arguments: [
            "/files/x.jpg/y.php", "/files/x.jpg/.php", "/files/x.jpg%00.php", "/files/x.jpg/y.php/z",
            "/files/x.jpg%2fy.php",
        ])
        func aFileOfAnotherKindIsNeverRun(path: String) throws {
            let answer = try PHPServer().get(path)
            #expect(!answer.text.contains("executed"))
            #expect(answer.status == 400 || answer["X-Entry"] == "index.php" || answer.status == 403)
        }

        /// What is a script on one file system must not be shown as text on another.
        @Test(arguments: ["/files/UPPER.PHP", "/count.php.", "/count.php%20", "/./count.php"])
        func aScriptsSourceIsNeverShown(path: String) throws {
            #expect(!(try PHPServer().get(path).text.contains("<?php")))
        }
    }
}
