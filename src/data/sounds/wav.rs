//! WAV files: PCM of 16 bits, one channel.

use hound::{SampleFormat, WavReader, WavSpec};

/// The samples of a file of that sampling rate.
pub(super) fn read(bytes: &[u8], sample_rate_hz: u32) -> Result<Vec<i16>, String> {
    let broken = |error: hound::Error| format!("cannot be read as WAV: {error}");
    let reader = WavReader::new(bytes).map_err(broken)?;
    let WavSpec { channels, sample_rate, bits_per_sample, sample_format } = reader.spec();
    if channels != 1 || bits_per_sample != 16 || sample_format != SampleFormat::Int {
        let kind = if sample_format == SampleFormat::Float { "real numbers" } else { "integers" };
        return Err(format!(
            "{channels} channels of {kind} of {bits_per_sample} bits; expected 1 channel of integers of 16 bits"
        ));
    }
    if sample_rate != sample_rate_hz {
        return Err(format!(
            "{sample_rate} samples per second; the network's input.audio.sample_rate_hz is {sample_rate_hz}, and nothing is resampled"
        ));
    }
    // A header may promise more than there is.
    if u64::from(reader.len()) * 2 > bytes.len() as u64 {
        return Err(format!("{} samples are promised, in {} bytes", reader.len(), bytes.len()));
    }
    if reader.len() == 0 {
        return Err("has no samples".into());
    }
    reader.into_samples().collect::<Result<_, _>>().map_err(broken)
}
