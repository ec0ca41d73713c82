//! The header of a Parquet page, as far as it says how much decoding the page takes.
//!
//! The decoder reads it again, and believes it. It is written in the compact protocol of Thrift: fields with
//! numbers, of which unknown ones are passed over.

/// Structures within structures that are followed.
const DEPTH_MAX: u32 = 16;

/// What a page says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PageHeader {
    /// Bytes of the header.
    pub header_bytes: usize,
    /// Bytes behind the header.
    pub packed_bytes: u64,
    /// Bytes that these are of.
    pub plain_bytes: u64,
    /// Values, missing ones included.
    pub values: u64,
    /// Bytes of levels, which are not compressed.
    pub level_bytes: u64,
    /// Whether what follows the levels is compressed, where the column is.
    pub is_packed: bool,
    pub kind: PageKind,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum PageKind {
    #[default]
    Data,
    Dictionary,
    /// What the decoder passes over.
    Other,
}

/// Types of fields.
const TRUE: u8 = 1;
const FALSE: u8 = 2;

impl PageHeader {
    /// The header that bytes begin with; none if there is no whole one, or a number in it is no size.
    pub fn read(bytes: &[u8]) -> Option<PageHeader> {
        let mut header = PageHeader { is_packed: true, ..PageHeader::default() };
        let mut rest = Compact(bytes);
        let mut kind = None;
        rest.fields(0, &mut |rest, id, field| {
            match id {
                1 => kind = Some(rest.signed()?),
                2 => header.plain_bytes = rest.size()?,
                3 => header.packed_bytes = rest.size()?,
                5 | 7 => rest.fields(1, &mut |rest, id, field| match id {
                    1 => rest.size().map(|values| header.values = values),
                    _ => rest.skip(field, 2),
                })?,
                8 => rest.fields(1, &mut |rest, id, field| match id {
                    1 => rest.size().map(|values| header.values = values),
                    5 | 6 => rest.size().map(|bytes| header.level_bytes += bytes),
                    7 => {
                        header.is_packed = field != FALSE;
                        Some(())
                    }
                    _ => rest.skip(field, 2),
                })?,
                _ => rest.skip(field, 1)?,
            }
            Some(())
        })?;
        header.kind = match kind? {
            0 | 3 => PageKind::Data,
            2 => PageKind::Dictionary,
            _ => PageKind::Other,
        };
        header.header_bytes = bytes.len() - rest.0.len();
        Some(header)
    }
}

/// Bytes that are yet to be read.
struct Compact<'a>(&'a [u8]);

impl Compact<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        read_number(&mut self.0)
    }

    fn signed(&mut self) -> Option<i64> {
        self.number().map(|n| (n >> 1).cast_signed() ^ -(n & 1).cast_signed())
    }

    /// A number that is not negative. The decoder reads these with 32 bits, and would take larger ones for others.
    fn size(&mut self) -> Option<u64> {
        let size = i32::try_from(self.signed()?).ok()?;
        u64::try_from(size).ok()
    }

    fn pass(&mut self, bytes: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    /// Visits the fields of a structure with their numbers and types.
    fn fields(&mut self, depth: u32, visit: &mut dyn FnMut(&mut Self, i64, u8) -> Option<()>) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        let mut id = 0i64;
        loop {
            let head = self.byte()?;
            let field = head & 15;
            if field == 0 {
                return Some(());
            }
            id = match head >> 4 {
                0 => self.signed()?,
                more => id.checked_add(more.into())?,
            };
            visit(self, id, field)?;
        }
    }

    /// Passes over a value.
    fn skip(&mut self, field: u8, depth: u32) -> Option<()> {
        match field {
            TRUE | FALSE => Some(()),
            3 => self.pass(1),
            4..=6 => self.number().map(drop),
            7 => self.pass(8),
            8 => {
                let bytes = self.number()?;
                self.pass(bytes)
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.number()? } else { (head >> 4).into() };
                self.elements(count, &[head & 15], depth)
            }
            11 => match self.number()? {
                0 => Some(()),
                count => {
                    let types = self.byte()?;
                    self.elements(count, &[types >> 4, types & 15], depth)
                }
            },
            12 => self.fields(depth, &mut |rest, _, field| rest.skip(field, depth + 1)),
            13 => self.pass(16),
            _ => None,
        }
    }

    fn elements(&mut self, count: u64, types: &[u8], depth: u32) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        for _ in 0..count {
            for field in types {
                match *field {
                    // Each takes a byte here, so that no count leads further than the bytes do.
                    TRUE | FALSE => self.pass(1)?,
                    other => self.skip(other, depth + 1)?,
                }
            }
        }
        Some(())
    }
}

/// A number of some groups of seven bits, the lowest first.
pub(super) fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 127).checked_shl(shift)?;
        if byte & 128 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_say_what_pages_take() {
        // A data page of 300 bytes, packed into 40, of 7 values, with a field that nobody knows.
        let data = [0x15, 0, 0x15, 0xd8, 4, 0x15, 80, 0x2c, 0x15, 14, 0x15, 0, 0, 0x88, 3, 1, 2, 3, 0, 99];
        let header = PageHeader {
            header_bytes: 19,
            packed_bytes: 40,
            plain_bytes: 300,
            values: 7,
            level_bytes: 0,
            is_packed: true,
            kind: PageKind::Data,
        };
        assert_eq!(PageHeader::read(&data), Some(header));
        for end in 0..header.header_bytes {
            assert_eq!(PageHeader::read(&data[..end]), None, "{end}");
        }
        // A negative size.
        assert_eq!(PageHeader::read(&[0x15, 0, 0x15, 1, 0]), None);
        // 2^31 - 1 bytes are the most that the decoder can tell apart; then one more, and 2^32 + 1.
        let of_size = |size: &[u8]| PageHeader::read(&[&[0x15, 0, 0x15][..], size, &[0]].concat());
        assert_eq!(of_size(&[0xfe, 0xff, 0xff, 0xff, 0x0f]).map(|h| h.plain_bytes), Some((1 << 31) - 1));
        assert_eq!(of_size(&[0x80, 0x80, 0x80, 0x80, 0x10]), None);
        assert_eq!(of_size(&[0x82, 0x80, 0x80, 0x80, 0x20]), None);
        // Lists in lists without end.
        let nested = [[0x15, 0, 0xc9].as_slice(), &vec![0x19; 100_000]].concat();
        assert_eq!(PageHeader::read(&nested), None);
    }
}
