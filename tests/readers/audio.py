"""The audio front end in real numbers, by NumPy: what the integers of a network's front end are held against.

audio.py RATE WINDOW HOP BANDS FRAMES COEFFICIENTS RANGE FILE... prints a row of values for each WAV file, in single
precision on standard output; COEFFICIENTS 0 gives log-mel energies. "chirp" in the place of a file is a made signal.
"""

import sys
import wave

try:
    import numpy as np
except ModuleNotFoundError:
    sys.exit(77)


def chirp(samples=3000):
    """A signal that whole numbers define: a rising tone of steps, under a slow envelope."""
    n = np.arange(samples, dtype=np.int64)
    return ((n * n // 7 + n * 131) % 4001 - 2000) * np.minimum(n, 3000 - n) // 500


def recording(name, rate):
    if name == "chirp":
        return chirp()
    with wave.open(name) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, rate), name
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


def triangles(rate, points, bands):
    def mel(hz):
        return 2595 * np.log10(1 + hz / 700)

    corners = 700 * (10 ** (np.linspace(0, mel(rate / 2), bands + 2) / 2595) - 1)
    hz = np.arange(points // 2 + 1) * rate / points
    low, peak, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    return np.maximum(0, np.minimum((hz - low) / (peak - low), (high - hz) / (high - peak)))


def features(samples, rate, window, hop, bands, frames, coefficients, octaves):
    x = samples.astype(float)
    emphasised = x - 31785 / 32768 * np.concatenate([[0], x[:-1]])
    emphasised = np.concatenate([emphasised, np.zeros(window)])
    last = max(len(x) - window, 0) // hop
    picked = np.floor(np.arange(frames) * last / (frames - 1) + 0.5).astype(int) * hop
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    points = 1 << (window - 1).bit_length()
    power = np.abs(np.fft.rfft([emphasised[at : at + window] * hann for at in picked], points)) ** 2
    energy = np.maximum(power @ triangles(rate, points, bands).T, 2.0**-23)
    logarithm = np.log2(energy)
    values = np.clip(255 * (logarithm - max(logarithm.max(), 0) + octaves) / octaves, 0, 255)
    if coefficients == 0:
        return values
    k = np.arange(coefficients)[:, None]
    cosines = np.cos(np.pi * k * (np.arange(bands) + 0.5) / bands)
    cepstrum = values @ cosines.T / bands
    cepstrum[:, 1:] = 128 + 2 * np.sqrt(2) * cepstrum[:, 1:]
    return np.clip(cepstrum, 0, 255)


def main():
    rate, window, hop, bands, frames, coefficients, octaves = map(int, sys.argv[1:8])
    for name in sys.argv[8:]:
        row = features(recording(name, rate), rate, window, hop, bands, frames, coefficients, octaves)
        sys.stdout.buffer.write(row.astype("<f4").tobytes())


if __name__ == "__main__":
    main()
