//! Files that the house fetches by itself.
//!
//! In comes `GET /exports/{feed}`, with the bearer token where one is set; out
//! goes the file of that name in the directory given with `--exports`, as it lies
//! there. Always: nothing outside that directory is read, and nothing in
//! directories below it. Absent: making the files; whoever replaces one puts the
//! new one in its place by renaming it.
//!
//! | answer | when |
//! |---|---|
//! | 200 with `ETag` | the file, as `application/octet-stream` |
//! | 304 with `ETag` | `If-None-Match` names the file as it is: no body |
//! | 401 | the token is missing or wrong |
//! | 404 | no such file, or a name that is not 1 to 120 of `A`-`Z`, `a`-`z`, `0`-`9`, `.`, `_`, `-`, or begins with `.` |
