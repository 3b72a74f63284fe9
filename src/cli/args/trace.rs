//! Arguments of traces.

use crate::trace::Filter;
use crate::trace::formats::TraceFormat;
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

#[derive(Args, Clone, Debug)]
#[command(next_help_heading = super::heading::OUTPUT)]
pub(in crate::cli) struct TraceOptions {
    /// Write a trace, with exact times; can be given more than once
    ///
    /// Formats: csv and parquet (one row per event), vcd and fst (waveforms, with a save file for GTKWave, NAME.gtkw, beside the
    /// file), perfetto (a timeline with packets as flows), nir (spikes as NIRData), dot (the component graph with the flits over
    /// each link), noxim (a traffic table).
    #[arg(long, value_name = "FORMAT=PATH", value_parser = OsStringValueParser::new().try_map(trace))]
    pub(in crate::cli) trace: Vec<TraceFile>,
    /// Trace only some signals, places or times, as in layer=dense2 or time=10us..20us
    ///
    /// Keys: signal=spikes,packets; core=0..3; layer=NAME; router=(1,0); time=10us..20us (from the beginning of a sample). Can
    /// be given more than once; cores, layers and routers add up. Signals: spikes, membranes, packets, hops, buffers, steps,
    /// cores, energy [default: all but membranes].
    #[arg(long, value_name = "KEY=LIST", requires = "trace", hide_short_help = true)]
    pub(in crate::cli) trace_filter: Vec<String>,
    /// Number of samples to trace, from the first, or "all"
    ///
    /// They follow each other in time.
    #[arg(long, default_value = "1", value_name = "N", value_parser = samples, requires = "trace", allow_negative_numbers = true, hide_short_help = true)]
    pub(in crate::cli) trace_samples: usize,
}

/// Trace file and its format.
#[derive(Clone, Debug)]
pub(in crate::cli) struct TraceFile {
    pub(in crate::cli) format: &'static str,
    pub(in crate::cli) path: PathBuf,
}

impl TraceOptions {
    /// The combined filters, or all their problems.
    pub(in crate::cli) fn filter(&self) -> Result<Filter, String> {
        let mut filter = Filter::default();
        let problems = self.trace_filter.iter().filter_map(|text| filter.add(text).err());
        let problems: Vec<_> = problems.map(|problem| format!("--trace-filter: {problem}")).collect();
        if problems.is_empty() { Ok(filter) } else { Err(problems.join("\n")) }
    }
}

/// A path need not be text.
fn trace(argument: OsString) -> Result<TraceFile, String> {
    let parts = split(&argument).filter(|(_, path)| !path.as_os_str().is_empty());
    let (format, path) = parts.ok_or("expected FORMAT=PATH, as in vcd=run.vcd")?;
    Ok(TraceFile { format: TraceFormat::named(format.trim())?.name, path })
}

fn split(argument: &OsStr) -> Option<(&str, PathBuf)> {
    if let Some(text) = argument.to_str() {
        return text.split_once('=').map(|(format, path)| (format, path.into()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let bytes = argument.as_bytes();
        let (format, path) = bytes.split_at(bytes.iter().position(|byte| *byte == b'=')?);
        std::str::from_utf8(format).ok().map(|format| (format, OsStr::from_bytes(&path[1..]).into()))
    }
    #[cfg(not(unix))]
    None
}

fn samples(text: &str) -> Result<usize, String> {
    let number = || text.parse().ok().filter(|count: &u32| *count > 0).map(|count| count as usize);
    if text == "all" { Ok(usize::MAX) } else { number().ok_or_else(|| "allowed: whole numbers from 1, and all".into()) }
}
