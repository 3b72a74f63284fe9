//! Recordings of sound: folders `train/<class>/*` and `test/<class>/*`, or `<class>/*` alone, of WAV files; and the files
//! of the Free Spoken Digit Dataset. A network's audio front end makes values of them.

pub(super) mod fsdd;
mod noise;
mod wav;

use super::class_folder::{self, Divided};
use super::error::DataError;
use super::listing::{SampleFile, SampleFormat};
use super::{Binning, Dataset, MAX_BYTES, Sequences, Split, Wanted};
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
    let reader = Reader { folder, program: AudioProgram::new(front_end), noise: reading.snr_db.map(Noise::new) };
    let (mut first, mut bytes) = (0, 0);
    let mut read = |part: &[SoundFile]| {
        let split = reader.split(part, first, &mut bytes);
        first += part.len() as u64;
        split
    };
    let parts = [read(&parts[0])?, read(&parts[1])?, read(&parts[2])?];
    let source = format!("files in {}; classes in this order: {}", folder.display(), classes.join(", "));
    notes.extend(reading.snr_db.map(|snr| format!("white noise was added to all recordings, {snr} dB below each")));
    let dataset = Dataset::new(name, shape, classes.len() as u32, FULL_SCALE, parts, source);
    Ok(Dataset { notes, ..dataset })
}

/// Recordings that are read side by side, and whose values are counted together.
const AT_ONCE: usize = 64;

struct Reader<'a> {
    folder: &'a Path,
    program: AudioProgram,
    noise: Option<Noise>,
}

impl Reader<'_> {
    /// The values of recordings, of which the first has a number in the data set; `bytes` are the values so far.
    fn split(&self, part: &[SoundFile], first: u64, bytes: &mut u64) -> Result<Split, DataError> {
        let front_end = self.program.front_end();
        let sample_len = front_end.shape().neurons() as usize;
        let one = |(number, recording): (u64, &SoundFile)| self.values(recording, number);
        let (mut pixels, mut lengths) = (Vec::new(), Vec::with_capacity(part.len()));
        for (at, some) in part.chunks(AT_ONCE).enumerate() {
            let numbers = first + (at * AT_ONCE) as u64..;
            for done in threads::map(numbers.zip(some).collect(), one) {
                let values = done?;
                *bytes += values.len() as u64;
                if *bytes > MAX_BYTES {
                    let message = format!("frames of more than {MAX_BYTES} values in all; a data set has at most that");
                    return Err(DataError::file(self.folder, message));
                }
                lengths.push(values.len() / sample_len.max(1));
                pixels.extend_from_slice(&values);
            }
        }
        let sequences = if front_end.streams { Sequences::of_lengths(&lengths, None) } else { None };
        Ok(Split { pixels, labels: part.iter().map(|one| one.label).collect(), sample_len, sequences, targets: None })
    }

    fn values(&self, recording: &SoundFile, number: u64) -> Result<Vec<u8>, DataError> {
        let fail = |message: String| DataError::file(&recording.path, message);
        let AudioFrontEnd { sample_rate_hz, .. } = *self.program.front_end();
        let mut samples = wav::read(&recording.bytes(MAX_FILE)?, sample_rate_hz).map_err(fail)?;
        let values = self.program.values(samples.len());
        if values > MAX_BYTES / AT_ONCE as u64 {
            let most = MAX_BYTES / AT_ONCE as u64;
            return Err(fail(format!("its frames have {values} values; those of a recording have at most {most}")));
        }
        if let Some(noise) = &self.noise {
            noise.add(&mut samples, number);
        }
        Ok(self.program.features(&samples))
    }
}
