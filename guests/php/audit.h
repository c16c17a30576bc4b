#pragma once

/// Finds what a request leaves behind in its worker. A picture of everything PHP code can change is taken before a
/// request is set up, and again before the next one, when the application has had its chance to let go of things.
/// What differs, and differed at the end of the request already, has survived it. Development only: it looks at every
/// value the application keeps, twice a request.

/// When a request has been read, and nothing of it is set up: sends what the one before has left as AUDIT records.
void audit_before_request(void);

/// When it is set up, before the handler: what the client has sent is known now.
void audit_before_handler(void);

/// When everything of the request was put back, before END_REQUEST.
void audit_after_request(void);
