//! Traces: what happens when and where, for people to look at and programs to read.
//!
//! Nodes tell a [`Tap`] what happens; a run that traces nothing is compiled with [`Silent`], in which nothing of it is
//! left. A [`Recorder`] keeps [`Record`]s, which a `pipe` brings in order to a [`Sink`] on another thread.
//! [`WantedRecords`] says which records are kept. [`scene`] has the names of what records number, and [`formats`] write files.

mod filter;
pub mod formats;
mod pipe;
mod record;
pub mod scene;
mod signal;
mod sink;
mod sort;
mod tap;
mod wanted;

pub use filter::Filter;
pub use formats::{MOST_ROWS, TraceTable};
pub use record::{Kind, Record};
pub use signal::Signal;
pub use sink::{Sink, TraceError, TracedSample};
pub use wanted::WantedRecords;

// How records get from the nodes to a sink.
#[doc(hidden)]
pub use {
    filter::KEYS,
    pipe::{CHUNK, Closed, Inlet, Opener, Outlet, pass_on, pipe, ways},
    tap::{Recorder, Silent, Tap, TapPlace},
};
