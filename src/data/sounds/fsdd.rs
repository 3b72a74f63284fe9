//! The Free Spoken Digit Dataset: 3,000 recordings of the ten digits by six speakers, 8 kHz, named
//! `digit_speaker_number.wav`.
//!
//! `fsdd` is divided at random, so that all speakers are in all parts. The others are tested with the words of one
//! speaker, of whom nothing is in the other parts: that is how well voices are understood that were never heard.

use super::{Binning, DataError, Dataset, Divided, FORMATS, SoundFile, SoundFormat, Split, Wanted, made};
use crate::data::class_folder::{drawn, needed};
use crate::data::{Registered, shuffled};
use crate::rng::{self, Domain};
use std::path::{Path, PathBuf};

const NAME: &str = "fsdd";
const GET: &str = "git clone https://github.com/Jakobovski/free-spoken-digit-dataset fsdd, and pass the folder in which that is as --data-dir";
const SOURCE: &str =
    "Free Spoken Digit Dataset, Z. Jackson et al., github.com/Jakobovski/free-spoken-digit-dataset, CC BY-SA 4.0";
const SPEAKERS: [&str; 6] = ["george", "jackson", "lucas", "nicolas", "theo", "yweweler"];
const DIGITS: u8 = 10;
const RECORDINGS: usize = 3000;
/// Seed of the order of the recordings of other speakers.
const SPLIT_SEED: u64 = 1;

pub(in crate::data) const ENTRY: Registered = Registered {
    name: NAME,
    about: "spoken digits, 8 kHz, 6 speakers, 10 classes; divided at random: every speaker is in every part",
    sizes: [2100, 300, 600],
    get: GET,
    source: SOURCE,
    locate: |folders| find(folders).map(|folder| folder.display().to_string()),
    load: |folders, (reading, wanted)| load_registered(NAME, folders, (reading, wanted)),
    moves: false,
};

/// A data set for each speaker, tested with the words of that one alone.
macro_rules! held_out {
    ($($constant:ident = $name:literal),*) => {$(
        pub(in crate::data) const $constant: Registered = Registered {
            name: $name,
            about: "spoken digits, tested with the words of the speaker of that name, who is in no other part",
            sizes: [2250, 250, 500],
            load: |folders, (reading, wanted)| load_registered($name, folders, (reading, wanted)),
            ..ENTRY
        };
    )*};
}

held_out! {
    GEORGE = "fsdd-george", JACKSON = "fsdd-jackson", LUCAS = "fsdd-lucas", NICOLAS = "fsdd-nicolas", THEO = "fsdd-theo",
    YWEWELER = "fsdd-yweweler"
}

/// A file of the data set.
struct Spoken {
    path: PathBuf,
    digit: u8,
    speaker: String,
}

impl Spoken {
    fn recording(self) -> SoundFile {
        SoundFile { path: self.path, format: &FORMATS[0], label: self.digit }
    }
}

/// The digit and the speaker of a file's name.
fn parts_of_name(path: &Path) -> Option<(u8, &str)> {
    let stem = path.file_name()?.to_str()?.strip_suffix(".wav")?;
    let (digit, rest) = stem.split_once('_')?;
    let (speaker, number) = rest.rsplit_once('_')?;
    let named = !speaker.is_empty() && number.parse::<u32>().is_ok();
    let digit = digit.parse().ok().filter(|digit| *digit < DIGITS && named)?;
    Some((digit, speaker))
}

/// The folder of the recordings: that one, or `recordings` in it.
fn recordings_of(folder: &Path) -> Option<PathBuf> {
    [folder.to_owned(), folder.join("recordings")].into_iter().find(|place| !spoken(place).is_empty())
}

/// Whether a folder holds recordings that are named so.
pub(super) fn holds(folder: &Path) -> bool {
    recordings_of(folder).is_some()
}

/// The recordings of a folder, by name.
fn spoken(folder: &Path) -> Vec<Spoken> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let one = |path: PathBuf| {
        let (digit, speaker) = parts_of_name(&path).map(|(digit, speaker)| (digit, speaker.to_owned()))?;
        Some(Spoken { path, digit, speaker })
    };
    paths.into_iter().filter_map(one).collect()
}

/// The folder of the data set in the caller's folders, or one of those folders itself.
fn find(folders: &[PathBuf]) -> Result<PathBuf, DataError> {
    let candidates = || {
        let inside =
            folders.iter().flat_map(|folder| [NAME, "free-spoken-digit-dataset"].map(|name| folder.join(name)));
        inside.chain(folders.iter().cloned())
    };
    candidates().find_map(|folder| recordings_of(&folder)).ok_or_else(|| {
        let looked: Vec<String> = candidates().map(|folder| folder.display().to_string()).collect();
        let looked = if looked.is_empty() { "no folder: none is given".into() } else { looked.join(", ") };
        DataError::Missing { name: NAME.into(), looked, advice: GET.into() }
    })
}

fn load_registered(
    name: &'static str,
    folders: &[PathBuf],
    (reading, wanted): (Binning, Wanted),
) -> Result<Dataset, DataError> {
    let folder = find(folders)?;
    let all = spoken(&folder);
    let found: Vec<&str> = SPEAKERS.into_iter().filter(|name| all.iter().any(|one| one.speaker == *name)).collect();
    if all.len() != RECORDINGS || found.len() != SPEAKERS.len() {
        let message = format!(
            "{} recordings of {}; the data set has {RECORDINGS} of {}; to use your own data, name the folder instead",
            all.len(),
            found.join(", "),
            SPEAKERS.join(", ")
        );
        return Err(DataError::file(&folder, message));
    }
    let parts = match name.strip_prefix("fsdd-") {
        None => drawn(all),
        Some(speaker) => without(all, speaker),
    };
    // The digest is of all parts, so that it does not depend on which are wanted.
    let dataset = load_parts(&folder, name, parts, (reading, Wanted::All))?;
    let dataset = Dataset { source: SOURCE.into(), ..dataset };
    let none = || Split::empty(dataset.test.sample_len);
    Ok(match wanted.trains() {
        true => dataset,
        false => Dataset { train: none(), validation: none(), ..dataset },
    })
}

/// A speaker's words to test, the others' to train and, a tenth, to validate.
fn without(all: Vec<Spoken>, speaker: &str) -> [Vec<Spoken>; 3] {
    let (test, others): (Vec<Spoken>, Vec<Spoken>) = all.into_iter().partition(|one| one.speaker == speaker);
    let order = shuffled(others.len(), &mut rng::stream(SPLIT_SEED, Domain::Split, 1));
    let mut others: Vec<Option<Spoken>> = others.into_iter().map(Some).collect();
    let mut mixed: Vec<Spoken> = order.iter().filter_map(|at| others[*at as usize].take()).collect();
    let held_out = mixed.split_off(mixed.len() - mixed.len() / 10);
    [mixed, held_out, test]
}

/// Loads a user's folder with such names, divided at random.
pub(super) fn load_folder(
    folder: &Path,
    name: &str,
    (reading, wanted): (Binning, Wanted),
) -> Result<Dataset, DataError> {
    let all = recordings_of(folder).map_or_else(Vec::new, |place| spoken(&place));
    if all.len() < 20 {
        return Err(DataError::file(
            folder,
            format!("{} recordings; at least 20 are needed to divide them", all.len()),
        ));
    }
    load_parts(folder, name, drawn(all), (reading, wanted))
}

fn load_parts(
    folder: &Path,
    name: &str,
    parts: [Vec<Spoken>; 3],
    (reading, wanted): (Binning, Wanted),
) -> Result<Dataset, DataError> {
    let parts = needed(parts, wanted).map(|part| part.into_iter().map(Spoken::recording).collect());
    let classes = (0..DIGITS).map(|digit| digit.to_string()).collect();
    let divided: Divided<SoundFormat> = Divided { classes, parts, notes: Vec::new() };
    made(folder, name, divided, reading)
}
