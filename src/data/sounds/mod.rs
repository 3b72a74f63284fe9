//! Recordings of sound: folders `train/<class>/*` and `test/<class>/*`, or `<class>/*` alone, of WAV files; and the files
//! of the Free Spoken Digit Dataset. A network's audio front end makes values of them.

pub(super) mod fsdd;
mod noise;
mod wav;

use super::class_folder::{self, Divided};
use super::error::DataError;
use super::listing::{SampleFile, SampleFormat};
use super::{Binning, Dataset, Split, Wanted};
use crate::net::input::{AudioFrontEnd, AudioProgram};
use crate::threads;
use noise::Noise;
use std::path::Path;

/// Layout of a folder, for messages.
pub(super) const LAYOUT: &str = "train/<class>/* and test/<class>/*, or <class>/* alone, with WAV files of 16 bits and one channel, or such \
     files named <digit>_<speaker>_<number>.wav";
/// Most bytes of a file: ten minutes at 48 kHz.
const MAX_FILE: u64 = 64 << 20;
const FULL_SCALE: u32 = 255;

/// WAV files: the only format.
pub(super) struct SoundFormat;

impl SampleFormat for SoundFormat {
    fn extensions(&self) -> &'static [&'static str] {
        &["wav", "wave"]
    }

    fn begins(&self) -> &'static [&'static [u8]] {
        &[b"RIFF"]
    }
}

const FORMATS: &[SoundFormat] = &[SoundFormat];

/// A recording and its class.
type SoundFile = SampleFile<SoundFormat>;

/// Whether a folder seems to hold recordings.
pub(super) fn holds(folder: &Path) -> bool {
    fsdd::holds(folder) || class_folder::holds(folder, FORMATS)
}

/// Loads a folder.
pub(super) fn load(folder: &Path, name: &str, (reading, wanted): (Binning, Wanted)) -> Result<Dataset, DataError> {
    if fsdd::holds(folder) {
        return fsdd::load_folder(folder, name, (reading, wanted));
    }
    let divided = class_folder::divided(folder, FORMATS, (0, wanted), LAYOUT)?;
    made(folder, name, divided, reading)
}

/// The data set of recordings in parts.
fn made(folder: &Path, name: &str, divided: Divided<SoundFormat>, reading: Binning) -> Result<Dataset, DataError> {
    let Divided { classes, parts, mut notes } = divided;
    let front_end = reading.audio.ok_or_else(|| {
        let message = "holds recordings, and the network does not say how it reads them; add to its file \"input\": {\"audio\": \
                       {\"sample_rate_hz\": ...}}";
        DataError::file(folder, message)
    })?;
    let shape = front_end.shape();
    class_folder::check_size(folder, (parts.iter().map(Vec::len).sum(), shape))?;
    let reader = Reader { program: AudioProgram::new(front_end), noise: reading.snr_db.map(Noise::new) };
    let mut first = 0;
    let mut read = |part: &[SoundFile]| {
        let split = reader.split(part, first);
        first += part.len() as u64;
        split
    };
    let parts = [read(&parts[0])?, read(&parts[1])?, read(&parts[2])?];
    let source = format!("files in {}; classes in this order: {}", folder.display(), classes.join(", "));
    notes.extend(reading.snr_db.map(|snr| format!("white noise was added to all recordings, {snr} dB below each")));
    let dataset = Dataset::new(name, shape, classes.len() as u32, FULL_SCALE, parts, source);
    Ok(Dataset { notes, ..dataset })
}

struct Reader {
    program: AudioProgram,
    noise: Option<Noise>,
}

impl Reader {
    /// The values of recordings, of which the first has a number in the data set.
    fn split(&self, part: &[SoundFile], first: u64) -> Result<Split, DataError> {
        let sample_len = self.program.front_end().shape().neurons() as usize;
        let one = |(number, recording): (u64, &SoundFile)| self.values(recording, number);
        let mut pixels = Vec::with_capacity(sample_len * part.len());
        for done in threads::map((first..).zip(part).collect(), one) {
            pixels.extend_from_slice(&done?);
        }
        Ok(Split { pixels, labels: part.iter().map(|one| one.label).collect(), ..Split::empty(sample_len) })
    }

    fn values(&self, recording: &SoundFile, number: u64) -> Result<Vec<u8>, DataError> {
        let fail = |message: String| DataError::file(&recording.path, message);
        let AudioFrontEnd { sample_rate_hz, .. } = *self.program.front_end();
        let mut samples = wav::read(&recording.bytes(MAX_FILE)?, sample_rate_hz).map_err(fail)?;
        if let Some(noise) = &self.noise {
            noise.add(&mut samples, number);
        }
        Ok(self.program.features(&samples))
    }
}
