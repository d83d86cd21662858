//! Reads the recordings, one after the other, and sends them on: what ended until it was accepted
//! once, what runs again and again. It holds one request at a time, and the names of what it is
//! done with that is still in the store.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{sleep, timeout};

use crate::push::PushError;
use crate::push::answer::Answer;
use crate::push::batch::Batch;
use crate::push::encode::{Span, encode};
use crate::push::pace::Pace;
use crate::push::resource::{Given, resource};
use crate::push::transport::Client;
use crate::recording::clock::Moment;
use crate::recording::fold;
use crate::recording::process::{Host, State};
use crate::recording::{Error, Reader};
use crate::report::collect::{self, Parts};
use crate::report::model::Process;

/// When asked to end, what is left is sent if it takes no longer.
const LAST: Duration = Duration::from_secs(5);

/// Sends once: no more tries after this.
const ONCE: Duration = Duration::from_secs(60);

/// Lists the recordings that there are now.
pub type List = Box<dyn Fn() -> Vec<PathBuf>>;

/// Is told what happens.
pub type Say = Box<dyn Fn(&Event)>;

/// Is told, after each round that didn't fail, which recordings of ended processes were accepted: by
/// the paths of their own files.
pub type Accepted = Box<dyn FnMut(&HashSet<PathBuf>)>;

/// What happens while it sends.
#[derive(Debug)]
pub enum Event {
    /// The collector took it, but says something.
    Warned(String),
    /// The collector doesn't want some of it, and never will.
    Refused(String),
    /// It didn't work, for this reason, and is tried again.
    Failed(String),
    /// It works again.
    Recovered,
    /// A recording can't be read, and is left out until it can.
    Unreadable(Error),
}

/// What was sent in all rounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Processes.
    pub processes: usize,
    /// Requests that were accepted.
    pub requests: usize,
    /// Requests that were refused.
    pub refused: usize,
}

/// Why a round ended early.
#[derive(Debug)]
struct Failed {
    why: String,
    after: Option<Duration>,
}

/// Sends what is recorded to one collector.
pub struct Pusher {
    list: List,
    given: Given,
    client: Client,
    say: Say,
    tell_accepted: Accepted,
    /// Ended, and not sent again.
    done: HashSet<PathBuf>,
    /// Those of them that were accepted whole.
    accepted: HashSet<PathBuf>,
    /// Those that became so in this round, as far as nothing is refused.
    ended: Vec<PathBuf>,
    reader: Reader,
    /// Said to be unreadable.
    unreadable: HashSet<PathBuf>,
    sent: Sent,
}

impl Pusher {
    /// Sends what is in these recordings.
    #[must_use]
    pub fn new(
        list: List,
        given: Given,
        client: Client,
        say: Say,
        tell_accepted: Accepted,
    ) -> Self {
        Self {
            list,
            given,
            client,
            say,
            tell_accepted,
            done: HashSet::new(),
            accepted: HashSet::new(),
            ended: Vec::new(),
            reader: Reader::default(),
            unreadable: HashSet::new(),
            sent: Sent::default(),
        }
    }

    /// Sends all once; tries for a minute.
    ///
    /// # Errors
    /// The system gives no event queue. That the collector can't be reached is the reason inside.
    pub fn once(mut self) -> Result<Result<Sent, String>, PushError> {
        block_on(async {
            let begun = Instant::now();
            let mut pace = Pace::new(Duration::ZERO);
            loop {
                // Those that were accepted in a round that failed later.
                let before = self.done.len();
                let failed = match self.round().await {
                    Ok(processes) => {
                        self.sent.processes = before + processes;
                        (self.tell_accepted)(&self.accepted);
                        return Ok(Ok(self.sent));
                    }
                    Err(failed) => failed,
                };
                pace.failed(begun.elapsed(), failed.after, chance());
                let wait = pace.wait(begun.elapsed());
                if begun.elapsed() + wait > ONCE {
                    return Ok(Err(failed.why));
                }
                (self.say)(&Event::Failed(failed.why));
                sleep(wait).await;
            }
        })
    }

    /// Sends at each interval until a signal asks to stop, and then once more.
    ///
    /// # Errors
    /// The system gives no event queue or signals.
    pub fn run(mut self, interval: Duration) -> Result<(), PushError> {
        block_on(async {
            let mut stop = Stop::new()?;
            let begun = Instant::now();
            let mut pace = Pace::new(interval);
            // Said already; the same again says nothing new.
            let mut trouble: Option<String> = None;
            loop {
                let is_last = tokio::select! {
                    () = sleep(pace.wait(begun.elapsed())) => false,
                    () = stop.asked() => true,
                };
                if is_last && trouble.is_some() {
                    // It would neither wait as long as it must, nor help.
                    return Ok(());
                }
                let result = {
                    let mut round = pin!(self.round());
                    let in_time = async |round| timeout(LAST, round).await.ok();
                    if is_last {
                        in_time(round).await
                    } else {
                        tokio::select! {
                            result = round.as_mut() => Some(result),
                            () = stop.asked() => {
                                in_time(round).await;
                                return Ok(());
                            }
                        }
                    }
                };
                match result {
                    None => return Ok(()),
                    Some(Ok(_)) => {
                        pace.sent(begun.elapsed());
                        if trouble.take().is_some() {
                            (self.say)(&Event::Recovered);
                        }
                        if !is_last {
                            (self.tell_accepted)(&self.accepted);
                        }
                    }
                    Some(Err(Failed { why, after })) => {
                        pace.failed(begun.elapsed(), after, chance());
                        if trouble.as_ref() != Some(&why) {
                            (self.say)(&Event::Failed(why.clone()));
                        }
                        trouble = Some(why);
                    }
                }
                if is_last {
                    return Ok(());
                }
            }
        })
    }

    /// Sends everything that isn't done with; tells how many processes that was.
    async fn round(&mut self) -> Result<usize, Failed> {
        let refused = self.sent.refused;
        let result = self.send_all().await;
        if self.sent.refused > refused {
            // Another time it may be wanted, with another header, say.
            self.ended.clear();
        }
        if result.is_ok() {
            self.accepted.extend(self.ended.drain(..));
        }
        result
    }

    async fn send_all(&mut self) -> Result<usize, Failed> {
        let host = Host::here();
        let paths = (self.list)();
        let here: HashSet<PathBuf> = paths.iter().map(|path| fold::own(path)).collect();
        self.done.retain(|path| here.contains(path));
        self.accepted.retain(|path| here.contains(path));
        self.unreadable.retain(|path| here.contains(path));
        let (mut processes, mut batch) = (0, Batch::default());
        for path in &paths {
            if !self.done.contains(&fold::own(path)) && self.read(path, &host, &mut batch).await? {
                processes += 1;
            }
        }
        self.deliver(batch).await?;
        Ok(processes)
    }

    /// Reads a recording and adds it to the batch, which is sent where it is full. False where
    /// there is nothing to read.
    async fn read(&mut self, path: &Path, host: &Host, batch: &mut Batch) -> Result<bool, Failed> {
        let paths = [path.to_owned()];
        let mut model = collect::read(&paths, host, Parts::default(), &|_| {});
        let header = self.reader.peek(path);
        let own = fold::own(path);
        if let Some(error) = model.skipped.pop() {
            if self.unreadable.insert(own) {
                (self.say)(&Event::Unreadable(error));
            }
            return Ok(false);
        }
        let (Some(process), Ok(header)) = (model.processes.first(), header) else {
            // It was removed meanwhile.
            return Ok(false);
        };
        let ended = process.state != State::Running;
        let resource = resource(&header, &own, &self.given);
        for piece in encode(&model, &resource, span(process), ended) {
            if let Some(full) = batch.add(piece) {
                self.deliver(full).await?;
            }
        }
        if ended {
            batch.ends(own);
        }
        Ok(true)
    }

    async fn deliver(&mut self, mut batch: Batch) -> Result<(), Failed> {
        let ended = std::mem::take(&mut batch.last_of);
        if !batch.is_empty() {
            match self.client.send(batch.encode()).await {
                Answer::Accepted(warning) => {
                    self.sent.requests += 1;
                    if let Some(warning) = warning {
                        (self.say)(&Event::Warned(warning));
                    }
                }
                Answer::Refused(why) => {
                    self.sent.refused += 1;
                    (self.say)(&Event::Refused(why));
                }
                Answer::Later(why, after) => return Err(Failed { why, after }),
            }
        }
        // What was refused would be again.
        self.done.extend(ended.iter().cloned());
        self.ended.extend(ended);
        Ok(())
    }
}

/// The time that a process's figures are of.
fn span(process: &Process) -> Span {
    let end = match process.state {
        State::Running => Moment::now().wall_ns,
        State::Exited | State::Killed => process.ended.unwrap_or(process.seen),
    };
    Span {
        start: process.started,
        end: end.max(process.started),
    }
}

/// SIGINT and SIGTERM.
struct Stop(Signal, Signal);

impl Stop {
    fn new() -> Result<Self, PushError> {
        let of = |kind| signal(kind).map_err(PushError::Start);
        Ok(Self(
            of(SignalKind::interrupt())?,
            of(SignalKind::terminate())?,
        ))
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

fn block_on<T>(work: impl Future<Output = Result<T, PushError>>) -> Result<T, PushError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(PushError::Start)?;
    let result = runtime.block_on(work);
    // A name that is being looked up must not hold up the end.
    runtime.shutdown_background();
    result
}

/// A number from 0 to 1, so that pushers that failed together don't come back together.
fn chance() -> f64 {
    let random = RandomState::new().build_hasher().finish();
    (random >> 11) as f64 / (1_u64 << 53) as f64
}
