//! The Free Spoken Digit Dataset: 3,000 recordings of the ten digits by six speakers, 8 kHz, named
//! `digit_speaker_number.wav`.
//!
//! `fsdd` is divided at random, so that all speakers are in all parts. The others are tested with the words of one
//! speaker, of whom nothing is in the other parts: that is how well voices are understood that were never heard.
//! `fsdd-states` has frames with classes of their own, as an acoustic model of a recogniser tells apart.

use super::{Binning, DataError, Dataset, Divided, FORMATS, Sequences, SoundFile, SoundFormat, Split, Wanted, made};
use crate::data::class_folder::{drawn, needed};
use crate::data::{Registered, shuffled};
use crate::net::input::AudioFrontEnd;
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

/// Parts of a word that are told apart.
const THIRDS: usize = 3;

pub(in crate::data) const STATES: Registered = Registered {
    name: "fsdd-states",
    about: "spoken digits as sequences of frames, divided as fsdd; a frame's class is 3 x digit + the third of the word that it is in",
    load: states,
    ..ENTRY
};

/// The frames of the words of `fsdd`, with classes: as sequences, where the network reads those, else each as a sample. The
/// class of a word is that of its last frame.
fn states(folders: &[PathBuf], (reading, wanted): (Binning, Wanted)) -> Result<Dataset, DataError> {
    let sequences = reading.audio.is_some_and(|audio| audio.streams);
    let audio = reading.audio.map(|audio| AudioFrontEnd { streams: true, ..audio });
    if let Some(AudioFrontEnd { frames, .. }) = audio
        && frames.is_multiple_of(2)
    {
        let message = format!(
            "an input of {frames} rows; its samples are a frame with as many before as after it: an odd number"
        );
        return Err(DataError::file(&find(folders)?, message));
    }
    let words = load_registered(NAME, folders, (Binning { audio, ..reading }, Wanted::All))?;
    let part = |part: Split| with_states(part, sequences);
    let Dataset { train, validation, test, shape, full_scale, notes, .. } = words;
    let (parts, classes) = ([train, validation, test].map(part), u32::from(DIGITS) * THIRDS as u32);
    let dataset = Dataset::new(STATES.name, shape, classes, full_scale, parts, SOURCE.into());
    Ok(Dataset { notes, ..dataset }.kept(wanted))
}

/// Words with the classes of their frames, or these frames.
fn with_states(words: Split, sequences: bool) -> Split {
    let state = |digit: u8, frame: usize, of: usize| THIRDS as u8 * digit + (THIRDS * frame / of) as u8;
    let lengths: Vec<usize> = (0..words.len()).map(|word| words.frames_of(word).len()).collect();
    let each = || words.labels.iter().zip(&lengths);
    let of_frames = each().flat_map(|(digit, of)| (0..*of).map(move |frame| state(*digit, frame, *of))).collect();
    if !sequences {
        return Split { labels: of_frames, sequences: None, ..words };
    }
    let labels = each().map(|(digit, of)| state(*digit, of - 1, *of)).collect();
    Split { labels, sequences: Sequences::of_lengths(&lengths, Some(of_frames)), ..words }
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
    let dataset = load_parts(&folder, name, parts, (reading, Wanted::All))?;
    Ok(Dataset { source: SOURCE.into(), ..dataset.kept(wanted) })
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
