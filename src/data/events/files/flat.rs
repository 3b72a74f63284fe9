//! The subset of FlatBuffers that AEDAT 4 needs: scalars of tables, text, and lists of structs. Offsets are checked.

pub(super) struct FlatTable<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> FlatTable<'a> {
    /// The root of a buffer of this kind; `None` if it is of another kind or truncated.
    pub(super) fn root(bytes: &'a [u8], kind: &[u8; 4]) -> Option<Self> {
        if bytes.get(4..8)? != kind {
            return None;
        }
        let at = u32::from_le_bytes(array(bytes, 0)?) as usize;
        bytes.get(at..at.checked_add(4)?)?;
        Some(Self { bytes, at })
    }

    /// Position of a field; `None` if it is left out or outside the buffer.
    fn field(&self, index: usize) -> Option<usize> {
        let back = i64::from(i32::from_le_bytes(array(self.bytes, self.at)?));
        let fields = usize::try_from(i64::try_from(self.at).ok()? - back).ok()?;
        let entry = 4 + 2 * index;
        let len = usize::from(u16::from_le_bytes(array(self.bytes, fields)?));
        if entry + 2 > len {
            return None;
        }
        let offset = u16::from_le_bytes(array(self.bytes, fields.checked_add(entry)?)?);
        (offset != 0).then(|| self.at + usize::from(offset))
    }

    pub(super) fn i32(&self, index: usize) -> Option<i32> {
        array(self.bytes, self.field(index)?).map(i32::from_le_bytes)
    }

    pub(super) fn i64(&self, index: usize) -> Option<i64> {
        array(self.bytes, self.field(index)?).map(i64::from_le_bytes)
    }

    pub(super) fn text(&self, index: usize) -> Option<&'a str> {
        std::str::from_utf8(self.structs(index, 1)?).ok()
    }

    /// A list of structs of a given size, as bytes; an absent one is empty.
    pub(super) fn structs(&self, index: usize, size: usize) -> Option<&'a [u8]> {
        let Some(field) = self.field(index) else { return Some(&[]) };
        let at = field.checked_add(u32::from_le_bytes(array(self.bytes, field)?) as usize)?;
        let bytes = (u32::from_le_bytes(array(self.bytes, at)?) as usize).checked_mul(size)?;
        let first = at.checked_add(4)?;
        self.bytes.get(first..first.checked_add(bytes)?)
    }
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}
