//! Sources of sparse networks: their spikes, from the network's file, a file next to it, or a caller.

use super::records::{read_records, records_in};
use crate::files;
use crate::json::shape::{list, pair, whole, within};
use crate::json::{Cursor, FieldSpec, Object};
use crate::net::beside::{check_digest, file_beside, read_sha256};
use crate::net::graph::MAX_NEURONS;
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub(super) const MAX_SPIKES: u64 = 1 << 22;
/// Most spikes of all sources of a network together.
pub(super) const MAX_ALL_SPIKES: u64 = 1 << 24;
pub(super) const SPIKE_BYTES: u64 = 8;
/// Last step of a run.
pub(super) const MAX_STEP: u32 = 1 << 24;

/// Spikes of a source: (step from 1, neuron).
type Spikes = Vec<(u32, u32)>;

/// Context of reading a population.
#[derive(Clone, Copy)]
pub(super) struct PopulationInput<'a> {
    pub(super) sources: &'a RefCell<SpikeSources>,
    /// Spikes that a caller has in memory.
    pub(super) given: Option<&'a [(u32, u32)]>,
}

impl PopulationInput<'_> {
    /// Whether a population is a source.
    pub(super) fn is_source(&self, object: &Object<'_>) -> bool {
        object.get("spikes").is_some() || object.get("spikes_file").is_some() || self.given.is_some()
    }
}

/// Common state of all sources of a network.
pub(super) struct SpikeSources {
    folder: PathBuf,
    /// Spikes that may still be read.
    room: u64,
    /// Files of spikes; a file that several sources name is read once.
    files: HashMap<PathBuf, SpikesFile>,
}

struct SpikesFile {
    spikes: Spikes,
    /// SHA-256 of the file.
    digest: String,
}

impl SpikeSources {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), room: MAX_ALL_SPIKES, files: HashMap::new() }
    }

    /// Subtracts spikes from the room, unless they do not fit.
    fn take(&mut self, spikes: u64) -> Result<(), String> {
        let before = MAX_ALL_SPIKES - self.room;
        let rest = self.room.checked_sub(spikes);
        self.room = rest.ok_or_else(|| format!(
            "{spikes} spikes, and {before} of the sources before; all sources together have at most {MAX_ALL_SPIKES}"
        ))?;
        Ok(())
    }

    fn read_file(&mut self, cursor: &Cursor<'_>, sha256: Option<&str>, size: u32) -> Option<Spikes> {
        let path = file_beside(cursor, &self.folder)?;
        let fail = |why: String| cursor.problem(format!("{}: {why}", path.display()));
        let count = match self.files.get(&path) {
            Some(file) => Ok(file.spikes.len() as u64),
            None => records_in(&path, SPIKE_BYTES, MAX_SPIKES, "spikes"),
        };
        // Before anything is read or done for each of them.
        self.take(count.map_err(fail).ok()?).map_err(|why| cursor.problem(why)).ok()?;
        let spikes = self.spikes_of(&path, sha256, size).map_err(fail).ok()?;
        sorted(spikes).map_err(|why| cursor.problem(why)).ok()
    }

    /// The spikes of a file with this digest, if they fit a source of this size.
    fn spikes_of(&mut self, path: &Path, sha256: Option<&str>, size: u32) -> Result<Spikes, String> {
        if !self.files.contains_key(path) {
            let bytes = read_records((path, None), SPIKE_BYTES, MAX_SPIKES, "spikes")?;
            let spikes = bytes.as_chunks::<{ SPIKE_BYTES as usize }>().0.iter().map(spike).collect();
            self.files.insert(path.to_owned(), SpikesFile { spikes, digest: files::digest(&bytes) });
        }
        let SpikesFile { spikes, digest } = &self.files[path];
        check_digest(digest, sha256)?;
        check_spikes(spikes, size)?;
        Ok(spikes.clone())
    }

    /// Takes the spikes of a caller.
    fn take_given(&mut self, spikes: &[(u32, u32)], size: u32) -> Result<Spikes, String> {
        let count = spikes.len() as u64;
        if count > MAX_SPIKES {
            return Err(format!("{count} spikes, expected at most {MAX_SPIKES}"));
        }
        self.take(count)?;
        check_spikes(spikes, size)?;
        sorted(spikes.to_vec())
    }
}

/// Specification of spikes in the file of the network; the size of the source is given, if it could be read.
pub(super) fn spikes_here<'s>() -> FieldSpec<'s, (PopulationInput<'s>, Option<u32>), Spikes> {
    let most = MAX_NEURONS as u32 - 1;
    let neuron =
        within(0..=most, move |(_, size): (PopulationInput<'_>, Option<u32>)| 0..=size.map_or(most, |size| size - 1));
    let all = list(pair(whole(1..=MAX_STEP), neuron), 0..=MAX_SPIKES as usize);
    all.then(|cursor, spikes, (input, _)| {
        let fits = input.sources.borrow_mut().take(spikes.len() as u64);
        fits.and_then(|()| sorted(spikes)).map_err(|why| cursor.problem(why)).ok()
    })
}

/// Reads spikes from outside the network's file: from a file next to it, or from a caller.
pub(super) fn read_beside(
    object: &Object<'_>,
    (input, size): (PopulationInput<'_>, Option<u32>),
) -> Option<Option<Spikes>> {
    let sha256 = object.get("spikes_sha256");
    let Some(file) = object.get("spikes_file") else {
        if let Some(digest) = sha256 {
            digest.problem("needs spikes_file, of which it is");
            return None;
        }
        let Some(spikes) = input.given.filter(|_| object.get("spikes").is_none()) else { return Some(None) };
        let taken = input.sources.borrow_mut().take_given(spikes, size?);
        return taken.map(Some).map_err(|why| object.problem(why)).ok();
    };
    if object.get("spikes").is_some() {
        object.problem("spikes and spikes_file: one of them is needed, not both");
        return None;
    }
    let sha256 = sha256.map_or(Some(None), |digest| read_sha256(&digest).map(Some))?;
    input.sources.borrow_mut().read_file(&file, sha256.as_deref(), size?).map(Some)
}

/// Sorts spikes by step; a neuron spikes at most once in a step.
fn sorted(mut spikes: Spikes) -> Result<Spikes, String> {
    spikes.sort_unstable();
    match spikes.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(twice) => Err(format!("neuron {} spikes twice in step {}", twice[0].1, twice[0].0)),
        None => Ok(spikes),
    }
}

/// Checks that spikes belong to a source of this size, and to steps that a run can have.
fn check_spikes(spikes: &[(u32, u32)], size: u32) -> Result<(), String> {
    let outside = |(_, (step, neuron)): &(usize, &(u32, u32))| !(1..=MAX_STEP).contains(step) || *neuron >= size;
    match spikes.iter().enumerate().find(outside) {
        Some((index, (step, neuron))) => {
            Err(format!("spike {index} is ({step}, {neuron}); allowed: steps 1 to {MAX_STEP}, neurons below {size}"))
        }
        None => Ok(()),
    }
}

fn spike([a, b, c, d, e, f, g, h]: &[u8; SPIKE_BYTES as usize]) -> (u32, u32) {
    (u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h]))
}
