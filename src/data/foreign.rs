//! Data files of other programs that nothing here reads: how they are identified, and advice on them.

use std::path::Path;

/// A kind of data files that nothing here reads.
#[derive(Debug)]
pub(super) struct Foreign {
    /// Extensions of its files.
    endings: &'static [&'static str],
    /// First bytes of its files, if unique.
    begins: &'static [&'static [u8]],
    /// The kind of file, and advice.
    pub(super) advice: &'static str,
}

const ROWS: Foreign = Foreign {
    endings: &["csv", "tsv"],
    begins: &[],
    advice: "a table of text; save it with numpy.save, events as records with the fields x, y, t (us) and p",
};

const ALL: &[Foreign] = &[
    Foreign {
        endings: &["aer"],
        begins: &[b"#!AER-DAT1"],
        advice: "a recording in AEDAT 1; convert it to AEDAT 2 to 4, or save its events with numpy.save as records with the \
                 fields x, y, t (us) and p",
    },
    Foreign {
        endings: &["h5", "hdf5", "hdf", "nir"],
        begins: &[b"\x89HDF\r\n\x1a\n"],
        advice: "an HDF5 file; save its arrays with numpy.save (h5py reads them), a file each",
    },
    Foreign {
        endings: &["npz"],
        begins: &[b"PK\x03\x04", b"PK\x05\x06"],
        advice: "an .npz archive or another ZIP file; save each of its arrays by itself with numpy.save, or unpack it",
    },
    Foreign {
        endings: &["zip", "gz", "tgz", "tar", "bz2", "xz", "7z", "rar", "zst", "lz4"],
        begins: &[b"BZh9", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"7z\xbc\xaf"],
        advice: "a compressed file or an archive; unpack it",
    },
    Foreign {
        endings: &["mat"],
        begins: &[b"MATLAB 5.0"],
        advice: "a file of MATLAB; save its arrays with numpy.save (scipy.io.loadmat reads them), a file each",
    },
    Foreign {
        endings: &["pkl", "pickle", "pt", "pth", "safetensors"],
        begins: &[],
        advice: "an object of Python or its tensors; save its arrays with numpy.save, a file each",
    },
    Foreign {
        endings: &["bag", "db3", "mcap", "es", "parquet", "feather", "arrow"],
        begins: &[],
        advice: "a recording or a table of another program; save its events with numpy.save as records with the fields x, y, \
                 t (us) and p",
    },
    ROWS,
];

/// The kind of a file by its first bytes, if they identify it.
pub(super) fn of_bytes(start: &[u8]) -> Option<&'static Foreign> {
    ALL.iter().find(|kind| kind.begins.iter().any(|begin| start.starts_with(begin)))
}

/// The kind of a file by its name, or by its first bytes.
pub(super) fn of_file(path: &Path, start: &[u8]) -> Option<&'static Foreign> {
    let ending = ending(path);
    let named = || ALL.iter().find(|kind| kind.endings.contains(&ending.as_str()));
    of_bytes(start).or_else(named).or_else(|| is_rows(start).then_some(&ROWS))
}

/// The extension of a file in lower case; empty if it has none.
pub(super) fn ending(path: &Path) -> String {
    path.extension().map_or_else(String::new, |ending| ending.to_string_lossy().to_lowercase())
}

/// Whether the first line of a text has three numbers or more, as in tables of events.
fn is_rows(start: &[u8]) -> bool {
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let fields = line.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';')).filter(|field| !field.is_empty());
    let mut numbers = 0;
    for field in fields {
        if field.parse::<f64>().is_err() {
            return false;
        }
        numbers += 1;
    }
    numbers >= 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_by_name_and_by_content() {
        let advice = |name: &str, start: &[u8]| of_file(Path::new(name), start).map_or("", |kind| kind.advice);
        for (name, start, expected) in [
            ("a.NPZ", &b""[..], ".npz"),
            ("a.bin", b"PK\x03\x04", ".npz"),
            ("a", b"\x89HDF\r\n\x1a\nxy", "HDF5"),
            ("a.aedat", b"#!AER-DAT1.0\r\n", "AEDAT 1;"),
            ("events.txt", b"0.01, 3, 4, 1\n0.02, 3", "table of text"),
            ("events.txt", b"12 3 4\n", "table of text"),
            ("labels.csv", b"name,label\n", "table of text"),
            ("x.npy.gz", b"\x1f\x8b", "unpack"),
        ] {
            assert!(advice(name, start).contains(expected), "{name}: {}", advice(name, start));
        }
        for (name, start) in
            [("readme.txt", &b"3 samples here\n"[..]), ("notes", b"1 2\n"), ("a.json", b"{}"), ("b", b"")]
        {
            assert_eq!(advice(name, start), "", "{name}");
        }
    }
}
