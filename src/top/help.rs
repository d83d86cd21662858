//! The help that `?` shows.

/// Lines of keys and what they do; an empty key goes on with the line before.
pub(super) const KEYS: [(&str, &str); 16] = [
    ("q, Ctrl-C", "quit; Esc goes back first, then quits"),
    ("Tab, p", "functions, or processes"),
    (
        "Enter",
        "a function's processes, a process's functions; Esc: back",
    ),
    (
        "/",
        "filter by a part of the name; Enter keeps it, Esc drops it",
    ),
    ("Space", "pause, and go on"),
    (
        "w",
        "latencies of the last reading, of ten to twenty, or of all",
    ),
    (
        "s, >, Right",
        "sort by the next column; S, <, Left: the one before",
    ),
    (
        "1 … 8",
        "sort by name, calls/s, p50, p99, errors/s, in flight,",
    ),
    ("", "oldest, calls since the start"),
    ("r", "turn the order round"),
    (
        "j, k, arrows",
        "one row; Ctrl-D, Ctrl-U: half a page; PgDn, PgUp: a page",
    ),
    ("g, G", "the first row, the last"),
    ("?, h", "this help; any key: back"),
    ("", ""),
    (
        "in flight",
        "calls that have begun and not ended, suspended ones too",
    ),
    (
        "oldest",
        "how long the oldest call on a thread's stack has been running",
    ),
];
