#pragma once

/// Finds what a request leaves behind in its worker: a picture of everything PHP code can change is taken before the
/// handler runs and again when everything of the request was put back, and the two are compared. Development only: it
/// looks at every value the application keeps, twice a request.

/// When a request has been read, and nothing of it is set up.
void audit_before_request(void);

/// When it is set up, before the handler: what the client has sent is known now.
void audit_before_handler(void);

/// When everything of the request was put back, before END_REQUEST: sends what has changed as AUDIT records.
void audit_after_request(void);
