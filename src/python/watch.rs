//! Long work: on a thread of its own, without the interpreter's lock, with progress, and ended by Ctrl-C.

use crate::errors::{RunError, to_py, wrong};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBool;
use spikemesh::progress::{IsAbandoned, abandonable};
use spikemesh::{Error, Watch};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How often the calling thread looks at signals.
const LOOK: Duration = Duration::from_millis(20);
/// Shortest time between two calls for progress.
const TELL: Duration = Duration::from_millis(100);

/// Progress and cancellation of work.
#[derive(Debug, Default)]
pub(crate) struct Work {
    done: AtomicU64,
    of: AtomicU64,
    cancelled: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl Work {
    /// Work that ends by itself after some time.
    pub(crate) fn within(seconds: Option<Duration>) -> Self {
        // A deadline that is too far away to be represented is none.
        Self { deadline: seconds.and_then(|time| Instant::now().checked_add(time)), ..Self::default() }
    }

    /// Says how much there is to do.
    pub(crate) fn expect(&self, of: u64) {
        self.of.store(of, Ordering::Relaxed);
    }

    pub(crate) fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Whether its end was requested, apart from a deadline.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Refuses to go on with what somebody has ended.
    pub(crate) fn go_on(&self) -> Result<(), Error> {
        if self.is_cancelled() { Err(self.ended()) } else { Ok(()) }
    }

    fn ended(&self) -> Error {
        spikemesh::run::RunError::Cancelled { done: 0, of: self.of.load(Ordering::Relaxed) }.into()
    }

    /// Does a part of the work of which a half is worth nothing: it is left in the middle once somebody asks for the end.
    pub(crate) fn prepare<T>(&self, part: impl FnOnce() -> T) -> Result<T, Error> {
        let cancelled = Arc::clone(&self.cancelled);
        abandonable(move || cancelled.load(Ordering::Relaxed), part).ok_or_else(|| self.ended())
    }

    /// Does a part of the work whose searches for a mapping end early once somebody asks for the end of all of it.
    pub(crate) fn heeded<T>(&self, part: impl FnOnce() -> T) -> T {
        let cancelled = Arc::clone(&self.cancelled);
        spikemesh::map::search::heeding(move || cancelled.load(Ordering::Relaxed), part)
    }
}

impl<E> Watch<E> for Work {
    fn done(&self, count: u64) {
        self.done.fetch_add(count, Ordering::Relaxed);
    }

    fn cancelled(&self) -> bool {
        self.is_cancelled() || self.is_late()
    }

    fn question(&self) -> Option<IsAbandoned> {
        let (cancelled, deadline) = (Arc::clone(&self.cancelled), self.deadline);
        let is_late = move || deadline.is_some_and(|deadline| Instant::now() >= deadline);
        Some(Arc::new(move || cancelled.load(Ordering::Relaxed) || is_late()))
    }
}

/// The time that work may take.
pub(crate) fn seconds_of(seconds: Option<f64>) -> PyResult<Option<Duration>> {
    let Some(seconds) = seconds else { return Ok(None) };
    let allowed = (seconds > 0.0).then(|| Duration::try_from_secs_f64(seconds).ok()).flatten();
    allowed.map(Some).ok_or_else(|| wrong("max_seconds", format!("found {seconds}, allowed: more than 0")))
}

/// Who hears of progress.
struct Listener<'py> {
    call: Option<Bound<'py, PyAny>>,
    last: Option<(Instant, u64)>,
}

impl<'py> Listener<'py> {
    fn new(py: Python<'py>, progress: Option<&Bound<'py, PyAny>>) -> PyResult<Self> {
        let call = match progress {
            None => None,
            Some(flag) if flag.is_instance_of::<PyBool>() => match flag.extract()? {
                true => Some(py.import("spikemesh.progress")?.call_method0("bar")?).filter(|bar| !bar.is_none()),
                false => None,
            },
            Some(call) if call.is_callable() => Some(call.clone()),
            Some(_) => return Err(PyTypeError::new_err("progress: expected True, False, None or a callable")),
        };
        Ok(Self { call, last: None })
    }

    fn tell(&mut self, work: &Work, at_last: bool) -> PyResult<()> {
        let Some(call) = &self.call else { return Ok(()) };
        let (done, of) = (work.done.load(Ordering::Relaxed), work.of.load(Ordering::Relaxed));
        let soon = self.last.is_some_and(|(at, before)| at.elapsed() < TELL && !at_last || before == done);
        if of == 0 || soon {
            return Ok(());
        }
        self.last = Some((Instant::now(), done));
        call.call1((done, of)).map(drop)
    }

    fn close(&self) {
        if let Some(call) = self.call.as_ref().filter(|call| call.hasattr("close").unwrap_or(false)) {
            // A bar that cannot be closed is no reason to lose a result.
            let _ = call.call_method0("close");
        }
    }
}

/// Does work on another thread, while this one looks at signals and tells of progress. Gives the result of the work, and the
/// exception of a signal or of the progress function by which it was ended, if there is one.
pub(crate) fn watched<T: Send>(
    py: Python<'_>,
    progress: Option<&Bound<'_, PyAny>>,
    work: &Work,
    task: impl FnOnce(&Work) -> T + Send,
) -> PyResult<(T, Option<PyErr>)> {
    let mut listener = Listener::new(py, progress)?;
    let mut ended = None;
    let result = std::thread::scope(|scope| {
        let (told, ends) = channel::<()>();
        let started = std::thread::Builder::new().name("spikemesh".into()).spawn_scoped(scope, move || {
            // It is dropped with the work, whether that returns or not.
            let _told = told;
            task(work)
        });
        let ends = Mutex::new(ends);
        let worker = started.map_err(|error| RunError::new_err(format!("no thread for the work: {error}")))?;
        // Nothing is sent: the other end is closed when the work has ended.
        while py.detach(|| is_under_way(&ends)) {
            if ended.is_none() {
                ended = py.check_signals().and_then(|()| listener.tell(work, false)).err();
                if ended.is_some() {
                    work.cancelled.store(true, Ordering::Relaxed);
                }
            }
        }
        let result = py.detach(|| worker.join());
        result.map_err(|_| RunError::new_err("a fault of Spikemesh: the work ended without a result"))
    });
    if ended.is_none() && result.is_ok() {
        // A signal that came while the work was ending is of this call too.
        ended = py.check_signals().and_then(|()| listener.tell(work, true)).err();
    }
    listener.close();
    Ok((result?, ended))
}

/// Does work of which a half is worth nothing, as [`watched`] does, until it is done or a signal ends it.
pub(crate) fn heard<T: Send>(py: Python<'_>, task: impl FnOnce() -> T + Send) -> PyResult<T> {
    let (done, ended) = watched(py, None, &Work::default(), |work| work.prepare(task))?;
    match ended {
        Some(ended) => Err(with_partial(py, ended, None)),
        None => done.map_err(to_py),
    }
}

/// Whether the other end of a channel is still there after a while.
fn is_under_way(ends: &Mutex<Receiver<()>>) -> bool {
    ends.lock().is_ok_and(|ends| ends.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout))
}

/// The exception that ended work, with what was done until then.
pub(crate) fn with_partial(py: Python<'_>, ended: PyErr, partial: Option<Bound<'_, PyAny>>) -> PyErr {
    ended.value(py).setattr("partial", partial).err().unwrap_or(ended)
}
