//! The pages of a column, each held against what its header states before it is decoded.
//!
//! The decoder of the `parquet` crate allocates what a file says: the bytes of a page, the entries of a
//! dictionary, the levels of a list, the lengths of texts. Here all of it is paid for first from the job's
//! account, so that a file that lies fails its job and nothing else; and what the decoder does not hold
//! against a page's stated size (gzip, lz4) is looked at beforehand.

use super::page_header::{PageHeader, PageKind, read_number};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use gesso_core::Reservation;
use gesso_core::memory::{Account, OutOfMemory};
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::data_type::ByteArray;
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;
use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};

/// The largest value that is not a text, or what is kept of a text: for each entry of a dictionary.
const VALUE_BYTES: u64 = size_of::<ByteArray>() as u64;
/// Both levels of a value of a list.
const LEVEL_BYTES: u64 = 4;
/// What lz4 can make of a byte at most.
const LZ4_RATIO: u64 = 255;
const LZ4_FRAME: [u8; 4] = 0x184D_2204u32.to_le_bytes();
/// A length of a text.
const LENGTH_BYTES: u64 = 4;

/// What the pages under way are paid with.
#[derive(Debug, Default)]
pub(super) struct Held {
    dictionary: Option<Reservation>,
    pages: Vec<Reservation>,
}

impl Held {
    /// Gives back what earlier pages took than the one that is not read to its end.
    pub fn settle(held: &Mutex<Held>) {
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = held.pages.len().saturating_sub(1);
        held.pages.drain(..earlier);
    }
}

/// A [`PageReader`] that pays for pages before they are decoded.
pub(super) struct PaidPages<R: ChunkReader> {
    pub inner: SerializedPageReader<R>,
    /// The bytes of the column.
    pub bytes: Bytes,
    /// Where the next page begins in them.
    pub at: usize,
    pub packing: Compression,
    /// Whether a row can have several values.
    pub is_list: bool,
    /// Whether a value can be missing.
    pub has_missing: bool,
    pub account: Arc<Account>,
    pub held: Arc<Mutex<Held>>,
}

impl<R: ChunkReader> PaidPages<R> {
    /// Looks at the next page that the decoder will take; false at the end.
    fn pay(&mut self) -> Result<bool> {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            if rest.is_empty() {
                return Ok(false);
            }
            let header = PageHeader::read(rest).ok_or_else(|| damaged("a page header can not be read"))?;
            let end = header.packed_bytes.checked_add(header.header_bytes as u64);
            let end = end.and_then(|end| usize::try_from(end).ok()).filter(|end| *end <= rest.len());
            let end = end.ok_or_else(|| damaged("a page is larger than what is left of its column"))?;
            let content = self.bytes.slice(self.at + header.header_bytes..self.at + end);
            self.at += end;
            match header.kind {
                PageKind::Other => {}
                PageKind::Dictionary => {
                    if header.values > header.plain_bytes {
                        return Err(damaged("a dictionary has more values than bytes"));
                    }
                    let held = self.reserve(header.plain_bytes + header.values * VALUE_BYTES)?;
                    self.check_packing(&header, &content)?;
                    self.lock().dictionary = Some(held);
                    return Ok(true);
                }
                PageKind::Data => {
                    let values = if self.is_list { header.values * (LEVEL_BYTES + VALUE_BYTES) } else { 0 };
                    let held = self.reserve(self.unpacked_bytes(&header, &content).saturating_add(values))?;
                    self.lock().pages.push(held);
                    self.check_packing(&header, &content)?;
                    return Ok(true);
                }
            }
        }
    }

    /// Bytes that unpacking a page may take.
    fn unpacked_bytes(&self, header: &PageHeader, content: &[u8]) -> u64 {
        // Older files have frames under this name, of which the decoder writes whatever they hold.
        let is_framed = self.packing == Compression::LZ4 && content.starts_with(&LZ4_FRAME);
        if is_framed {
            header.plain_bytes.max(header.packed_bytes.saturating_mul(LZ4_RATIO))
        } else {
            header.plain_bytes
        }
    }

    /// The decoder unpacks gzip to its end, however large that is.
    fn check_packing(&self, header: &PageHeader, content: &[u8]) -> Result<()> {
        if !matches!(self.packing, Compression::GZIP(_)) || !header.is_packed {
            return Ok(());
        }
        let packed = usize::try_from(header.level_bytes).ok().and_then(|at| content.get(at..));
        let packed = packed.ok_or_else(|| damaged("the levels of a page are larger than the page"))?;
        let most = header.plain_bytes.saturating_sub(header.level_bytes);
        let mut plain = MultiGzDecoder::new(packed).take(most + 1);
        // What can not be unpacked, the decoder refuses, too.
        let unpacked = std::io::copy(&mut plain, &mut std::io::sink()).unwrap_or(0);
        if unpacked > most { Err(damaged("a page is larger than it states")) } else { Ok(()) }
    }

    /// Pays for the lengths of texts, which a page states behind its levels.
    fn pay_lengths(&self, page: &Page) -> Result<()> {
        let (encoding, values, most) = match page {
            Page::DictionaryPage { .. } => return Ok(()),
            Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, .. } => {
                let mut values = buf.as_ref();
                let levels = [(self.is_list, rep_level_encoding), (self.has_missing, def_level_encoding)];
                for (_, encoding) in levels.into_iter().filter(|(is_there, _)| *is_there) {
                    // Other levels have no length of their own; no writer puts them before such lengths.
                    values = after_levels(values).filter(|_| *encoding == Encoding::RLE).unwrap_or_default();
                }
                (encoding, values, num_values)
            }
            Page::DataPageV2 {
                buf, num_values, encoding, def_levels_byte_len, rep_levels_byte_len, ..
            } => {
                let levels = *def_levels_byte_len as usize + *rep_levels_byte_len as usize;
                (encoding, buf.get(levels..).unwrap_or_default(), num_values)
            }
        };
        let lists = match encoding {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
            Encoding::DELTA_BYTE_ARRAY => 2,
            _ => return Ok(()),
        };
        let mut rest = values;
        for _ in 0..lists {
            let count = pass_deltas(&mut rest, u64::from(*most));
            let count = count.ok_or_else(|| damaged("a page has more lengths of texts than values"))?;
            let held = self.reserve(count * LENGTH_BYTES)?;
            self.lock().pages.push(held);
        }
        Ok(())
    }

    fn reserve(&self, bytes: u64) -> Result<Reservation> {
        self.account.reserve(bytes).map_err(|e| ParquetError::External(Box::new(e)))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: ChunkReader + 'static> PageReader for PaidPages<R> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        if !self.pay()? {
            return Ok(None);
        }
        let page = self.inner.get_next_page()?;
        page.as_ref().map_or(Ok(()), |page| self.pay_lengths(page))?;
        Ok(page)
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        self.inner.peek_next_page()
    }

    fn skip_next_page(&mut self) -> Result<()> {
        Err(ParquetError::NYI("pages are read one after the other".to_owned()))
    }

    fn at_record_boundary(&mut self) -> Result<bool> {
        self.inner.at_record_boundary()
    }
}

impl<R: ChunkReader + 'static> Iterator for PaidPages<R> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Result<Page>> {
        self.get_next_page().transpose()
    }
}

/// Set if decoding ended because memory was refused.
pub(super) fn refused_memory(error: &ParquetError) -> Option<OutOfMemory> {
    match error {
        ParquetError::External(cause) => cause.downcast_ref().copied(),
        _ => None,
    }
}

fn damaged(reason: &str) -> ParquetError {
    ParquetError::General(reason.to_owned())
}

/// What follows levels that begin with their length.
fn after_levels(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.get(u32::from_le_bytes(*length) as usize..)
}

/// Passes over numbers that are packed as differences, at most `most` of them, and gives how many there are.
fn pass_deltas(bytes: &mut &[u8], most: u64) -> Option<u64> {
    let block = read_number(bytes)?;
    let parts = usize::try_from(read_number(bytes)?).ok()?;
    let count = read_number(bytes)?;
    read_number(bytes)?;
    if count > most || parts == 0 || block % parts as u64 != 0 {
        return None;
    }
    let of_part = block / parts as u64;
    let mut left = count.saturating_sub(1);
    while left > 0 {
        read_number(bytes)?;
        let (widths, rest) = bytes.split_at_checked(parts)?;
        let mut packed = 0u64;
        for width in widths {
            if left == 0 {
                // What is behind the last value has no bytes, whatever its width.
                break;
            }
            packed = packed.checked_add(u64::from(*width).checked_mul(of_part)? / 8)?;
            left = left.saturating_sub(of_part.max(1));
        }
        *bytes = rest.get(usize::try_from(packed).ok()?..)?;
    }
    Some(count)
}
