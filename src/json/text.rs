//! From the bytes of a file to its text.

use super::FileError;
use std::path::Path;

/// The byte order mark, with which some programs begin UTF-8 text; it has no meaning there.
pub(super) const MARK: char = '\u{feff}';

/// The text of a regular file of at most `max_bytes`, without a byte order mark.
pub fn read_text(path: &Path, max_bytes: u64) -> Result<String, FileError> {
    let file = path.display().to_string();
    let fail = |message: String| FileError::single(file.clone(), "", message);
    let unreadable = |error: std::io::Error| fail(format!("cannot be read: {error}"));
    let size = std::fs::metadata(path).map_err(unreadable)?;
    if !size.is_file() {
        return Err(fail("not a regular file".into()));
    }
    if size.len() > max_bytes {
        return Err(fail(format!("{} bytes; a file of this kind has at most {max_bytes}", size.len())));
    }
    decode(std::fs::read(path).map_err(unreadable)?).map_err(fail)
}

/// UTF-8 text without its byte order mark, or the encoding that was found instead.
pub fn decode(bytes: Vec<u8>) -> Result<String, String> {
    // Without a mark, every other byte of UTF-16 is 0 if the text begins with ASCII.
    if matches!(bytes[..], [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, 1..=0xff, ..] | [1..=0xff, 0, ..]) {
        return Err("UTF-16 text, as PowerShell's > and \"Unicode\" in editors write; save it as UTF-8".into());
    }
    let mut text = String::from_utf8(bytes).map_err(|_| "not UTF-8 text".to_owned())?;
    if text.starts_with(MARK) {
        text.drain(..MARK.len_utf8());
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_skipped_and_utf_16_is_named() {
        assert_eq!(decode(b"{}".to_vec()).as_deref(), Ok("{}"));
        assert_eq!(decode(b"\xef\xbb\xbf{}".to_vec()).as_deref(), Ok("{}"));
        assert_eq!(decode(vec![]).as_deref(), Ok(""));
        assert!(decode(vec![b'{', 0xff]).unwrap_err().starts_with("not UTF-8"));
        let units: Vec<u16> = "{\"a\": 1}".encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for bytes in [[&[0xff, 0xfe], &little[..]].concat(), [&[0xfe, 0xff], &big[..]].concat(), little, big] {
            assert!(decode(bytes).unwrap_err().starts_with("UTF-16"));
        }
    }
}
