//! Signals that ask the program to end: Ctrl-C, and what batch systems, containers and closed terminals send.
//!
//! The first one asks work under way to end by itself, with a report of what is done; a second one, or one at any other
//! time, ends the program at once and removes its temporary files. A process that was started to ignore such a signal,
//! as `nohup` does with SIGHUP, still ignores it. A file that may not grow (SIGXFSZ) is a write error.

use super::terminal;
use crate::files;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether an interruption was requested.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);
/// Whether the current work polls for interruptions.
static POLLED: AtomicBool = AtomicBool::new(false);

/// Flags shared by a handler and the work.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flags {
    /// An interruption was requested.
    pub(super) interrupted: &'static AtomicBool,
    /// The current work polls for interruptions.
    pub(super) polled: &'static AtomicBool,
}

pub(super) const FLAGS: Flags = Flags { interrupted: &INTERRUPTED, polled: &POLLED };

impl Flags {
    /// Handles a signal; `again` says whether it repeats an earlier request.
    fn ask(self, number: i32, again: bool) {
        if !self.polled.load(Ordering::Relaxed) || (self.interrupted.swap(true, Ordering::Relaxed) && again) {
            terminal::clear_bars();
            files::give_up();
            std::process::exit(128 + number);
        }
    }
}

#[cfg(unix)]
pub(super) use unix::listen;

#[cfg(unix)]
mod unix {
    use super::Flags;
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXCPU, SIGXFSZ};
    use signal_hook::flag;
    use signal_hook::iterator::Signals;
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::time::{Duration, Instant};

    /// A signal this soon after the first belongs to it: `timeout` and shells signal the process and its group.
    const SAME: Duration = Duration::from_millis(250);

    /// Installs the handlers. Without them the signals still end the program, but less cleanly.
    pub(in crate::cli) fn listen(flags: Flags) {
        // With a handler that does nothing the write fails with an error message.
        let _ = flag::register(SIGXFSZ, Arc::default());
        let others = [SIGTERM, SIGHUP, SIGXCPU].into_iter().filter(|signal| !is_ignored(*signal));
        let wanted: Vec<i32> = std::iter::once(SIGINT).chain(others).collect();
        let Ok(mut signals) = Signals::new(&wanted) else { return };
        let work = move || {
            let mut first: Option<Instant> = None;
            for signal in signals.forever() {
                let now = Instant::now();
                let late = first.is_some_and(|first| now.duration_since(first) > SAME);
                // The kernel repeats this signal every second of processor time: it is no second request.
                flags.ask(signal, late && signal != SIGXCPU);
                first.get_or_insert(now);
            }
        };
        if std::thread::Builder::new().name("signals".into()).spawn(work).is_err() {
            for signal in wanted {
                let _ = flag::register_conditional_default(signal, Arc::new(AtomicBool::new(true)));
            }
        }
    }

    /// Whether the program was started with a signal ignored; `false` where the system does not report it.
    fn is_ignored(signal: i32) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
    }
}

/// Installs the handler of Ctrl-C. Without it Ctrl-C still ends the program, but less cleanly.
#[cfg(not(unix))]
pub(super) fn listen(flags: Flags) {
    const SIGINT: i32 = 2;
    let _ = ctrlc::set_handler(move || flags.ask(SIGINT, true));
}
