//! Many short texts in two flat arrays.

use gesso_core::Slab;

/// Texts under construction: one arena, and where each text ends.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    bytes: Vec<u8>,
    ends: Vec<u64>,
}

/// Finished texts, shared and read-only.
#[derive(Clone, Debug, Default)]
pub struct TextSlab {
    /// All texts one after another.
    pub bytes: Slab<u8>,
    /// Text i is `bytes[ends[i - 1]..ends[i]]`.
    pub ends: Slab<u64>,
}

impl Texts {
    /// Appends a text.
    pub fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len() as u64);
    }

    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True without texts.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The i-th text.
    pub fn get(&self, i: usize) -> &str {
        text_at(&self.bytes, &self.ends, i)
    }

    /// The bytes of the i-th text.
    #[inline]
    pub fn bytes_of(&self, i: usize) -> &[u8] {
        bytes_at(&self.bytes, &self.ends, i)
    }

    /// Drops all texts from the `len`-th on.
    pub fn truncate(&mut self, len: usize) {
        if len < self.ends.len() {
            self.ends.truncate(len);
            self.bytes.truncate(self.ends.last().copied().unwrap_or(0) as usize);
        }
    }

    /// Appends all texts of another.
    pub fn append(&mut self, other: &Texts) {
        let base = self.bytes.len() as u64;
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|e| e + base));
    }

    /// All texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|i| self.get(i))
    }

    /// Bytes held on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 8
    }

    /// The finished texts.
    pub fn finish(mut self) -> TextSlab {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
        TextSlab { bytes: self.bytes.into(), ends: self.ends.into() }
    }
}

impl TextSlab {
    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True without texts.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The i-th text.
    #[inline]
    pub fn get(&self, i: usize) -> &str {
        text_at(&self.bytes, &self.ends, i)
    }

    /// The bytes of the i-th text.
    #[inline]
    pub fn bytes_of(&self, i: usize) -> &[u8] {
        bytes_at(&self.bytes, &self.ends, i)
    }

    /// The same texts where more can be added; `step` is called about every 64 KiB.
    pub fn to_texts<E>(&self, mut step: impl FnMut() -> Result<(), E>) -> Result<Texts, E> {
        let (mut bytes, mut ends) =
            (Vec::with_capacity(self.bytes.len()), Vec::with_capacity(self.ends.len()));
        for part in self.bytes.chunks(1 << 16) {
            step()?;
            bytes.extend_from_slice(part);
        }
        for part in self.ends.chunks(1 << 13) {
            step()?;
            ends.extend_from_slice(part);
        }
        Ok(Texts { bytes, ends })
    }

    /// Bytes held.
    pub fn size_bytes(&self) -> usize {
        self.bytes.size_bytes() + self.ends.size_bytes()
    }
}

#[inline]
fn bytes_at<'a>(bytes: &'a [u8], ends: &[u64], i: usize) -> &'a [u8] {
    let start = if i == 0 { 0 } else { ends[i - 1] as usize };
    &bytes[start..ends[i] as usize]
}

fn text_at<'a>(bytes: &'a [u8], ends: &[u64], i: usize) -> &'a str {
    // Arenas hold whole UTF-8 texts; a damaged file that got past its checksum reads as empty.
    std::str::from_utf8(bytes_at(bytes, ends, i)).unwrap_or_default()
}
