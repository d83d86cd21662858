//! The venv's Python as a compiler: sources go in, code comes out, and nothing is written. It
//! starts without `site`, so neither the probe nor anybody else's start-up file runs in it, and
//! imports nothing.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use super::parts;
use crate::files::{Sha256Hex, digest};

/// Longer than any Python takes for this.
const PATIENCE: Duration = Duration::from_secs(10);

/// Half of the time is Python's start, so more at once gain little.
const MOST_AT_ONCE: usize = 2;

/// Parts come and go as their length, in four bytes, and their bytes. What comes: paths and
/// sources, in turn. What goes: the tag in the names of bytecode, the magic number, and the code
/// of each source, empty where it can't be compiled.
const SCRIPT: &str = "\
import marshal, posix, sys
encoding = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
data, parts, at = sys.stdin.buffer.read(), [], 0
while at < len(data):
    end = at + 4 + int.from_bytes(data[at:at + 4], 'little')
    parts.append(data[at + 4:end])
    at = end
answer = [sys.implementation.cache_tag.encode(), sys.modules['_frozen_importlib_external'].MAGIC_NUMBER]
for path, source in zip(parts[::2], parts[1::2]):
    try:
        answer.append(marshal.dumps(compile(source, str(path, *encoding), 'exec', dont_inherit=True)))
    except Exception:
        answer.append(b'')
sys.stdout.buffer.write(b''.join(len(part).to_bytes(4, 'little') + part for part in answer))
sys.stdout.buffer.flush()
posix._exit(0)
";

/// A file to compile.
#[derive(Debug)]
pub(super) struct Source {
    /// The path that tracebacks will show.
    pub(super) path: PathBuf,
    /// Its content.
    pub(super) bytes: Vec<u8>,
}

/// A file's code, as Python marshals it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Code {
    /// The tag in the names of bytecode, as `cpython-312`.
    pub(super) tag: String,
    /// What bytecode of this Python begins with.
    pub(super) magic: [u8; 4],
    /// The code.
    pub(super) bytes: Vec<u8>,
}

/// Pythons at work, each on a share of the sources.
#[derive(Debug)]
pub(super) struct Compiler(Vec<Worker>);

#[derive(Debug)]
struct Worker {
    child: Child,
    sources: Vec<Sha256Hex>,
    answer: Receiver<Vec<u8>>,
}

impl Compiler {
    /// Starts as many Pythons as are worth it.
    pub(super) fn start(interpreter: &Path, sources: Vec<Source>) -> Self {
        let processors = thread::available_parallelism().map_or(1, NonZero::get);
        // One processor is for us, who write meanwhile.
        let workers = processors.saturating_sub(1).clamp(1, MOST_AT_ONCE);
        let shares = shares(sources, workers);
        Self(
            shares
                .into_iter()
                .filter_map(|share| Worker::start(interpreter, share))
                .collect(),
        )
    }

    /// Waits for them; gives the code of what could be compiled, by its source's sha256.
    pub(super) fn finish(mut self) -> BTreeMap<Sha256Hex, Code> {
        let deadline = Instant::now() + PATIENCE;
        let workers = std::mem::take(&mut self.0);
        workers
            .into_iter()
            .flat_map(|worker| worker.finish(deadline).unwrap_or_default())
            .collect()
    }
}

impl Drop for Compiler {
    fn drop(&mut self) {
        for mut worker in self.0.drain(..) {
            worker.end();
        }
    }
}

impl Worker {
    fn start(interpreter: &Path, share: Vec<Source>) -> Option<Self> {
        let mut child = Command::new(interpreter)
            .args(["-I", "-S", "-B", "-c", SCRIPT])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let (mut stdin, mut stdout) = (child.stdin.take()?, child.stdout.take()?);
        let (sender, answer) = mpsc::channel();
        let sources = share.iter().map(|source| digest(&source.bytes)).collect();
        thread::spawn(move || {
            let mut answer = Vec::new();
            // Where Python ends early, what it said isn't whole, and counts for nothing.
            let _ = stdin.write_all(&question(&share));
            drop(stdin);
            let _ = stdout.read_to_end(&mut answer);
            let _ = sender.send(answer);
        });
        Some(Self {
            child,
            sources,
            answer,
        })
    }

    fn finish(mut self, deadline: Instant) -> Option<Vec<(Sha256Hex, Code)>> {
        let left = deadline.saturating_duration_since(Instant::now());
        let answer = self.answer.recv_timeout(left);
        self.end();
        let mut parts = parts::split(&answer.ok()?)?.into_iter();
        let tag = String::from_utf8(parts.next()?).ok()?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if tag.is_empty() || !tag.bytes().all(is_plain) {
            return None;
        }
        let magic = parts.next()?.try_into().ok()?;
        let codes: Vec<Vec<u8>> = parts.collect();
        (codes.len() == self.sources.len()).then(|| {
            let code = |bytes| Code {
                tag: tag.clone(),
                magic,
                bytes,
            };
            let of_sources = self.sources.drain(..).zip(codes);
            of_sources
                .filter(|(_, bytes)| !bytes.is_empty())
                .map(|(source, bytes)| (source, code(bytes)))
                .collect()
        })
    }

    /// Ends it, which it has done by itself once its answer is whole.
    fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Divides sources among at most so many workers, so that all have about as much to do.
fn shares(mut sources: Vec<Source>, workers: usize) -> Vec<Vec<Source>> {
    sources.sort_by_key(|source| std::cmp::Reverse(source.bytes.len()));
    let mut shares: Vec<(usize, Vec<Source>)> = (0..workers).map(|_| (0, Vec::new())).collect();
    for source in sources {
        if let Some((size, share)) = shares.iter_mut().min_by_key(|(size, _)| *size) {
            *size += source.bytes.len();
            share.push(source);
        }
    }
    shares.retain(|(_, share)| !share.is_empty());
    shares.into_iter().map(|(_, share)| share).collect()
}

fn question(share: &[Source]) -> Vec<u8> {
    let mut question = Vec::new();
    for source in share {
        parts::push(&mut question, source.path.as_os_str().as_bytes());
        parts::push(&mut question, &source.bytes);
    }
    question
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str, bytes: &[u8]) -> Source {
        Source {
            path: Path::new("/somewhere").join(name),
            bytes: bytes.to_vec(),
        }
    }

    #[test]
    fn what_can_be_compiled_is() {
        let sources = vec![
            source("good.py", b"print(__file__)"),
            source("bad.py", b"print("),
            source("empty.py", b""),
        ];
        let codes = Compiler::start(Path::new("python3"), sources).finish();
        assert_eq!(codes.len(), 2);
        assert!(codes.contains_key(&digest(b"")));
        let code = &codes[&digest(b"print(__file__)")];
        assert!(code.tag.starts_with("cpython-"), "{}", code.tag);
        assert_eq!(code.magic[2..], *b"\r\n");
        let path = b"/somewhere/good.py";
        assert!(code.bytes.windows(path.len()).any(|it| it == path));
    }

    #[test]
    fn what_is_no_python_gives_nothing() {
        for program in ["/nowhere/python", "true", "cat"] {
            let sources = vec![source("a.py", b"1"), source("b.py", b"2")];
            let codes = Compiler::start(Path::new(program), sources).finish();
            assert_eq!(codes, BTreeMap::new(), "{program}");
        }
    }

    #[test]
    fn shares_are_about_equal_and_hold_everything() {
        let sizes = [9, 1, 1, 8, 1, 0];
        let sources = || sizes.map(|size| source("", &vec![0; size])).into();
        let size = |share: &[Source]| share.iter().map(|it| it.bytes.len()).sum::<usize>();
        let divided = shares(sources(), 2);
        assert_eq!(
            divided.iter().map(|it| size(it)).collect::<Vec<_>>(),
            [10, 10]
        );
        assert_eq!(divided.iter().map(Vec::len).sum::<usize>(), sizes.len());
        assert_eq!(shares(sources(), 9).len(), sizes.len());
        assert!(shares(Vec::new(), 2).is_empty());
    }
}
