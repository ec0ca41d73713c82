//! A file as blocks that begin and end with a line.
//!
//! One thread reads and looks for line ends, which quoted line breaks make a sequential matter; it only
//! looks for quotes and line feeds, and where a piece has no quote only for its last line feed, so it is
//! far ahead of the threads that parse. A line that outgrows the limit is not collected: its bytes leave
//! as [`Block::Long`] parts for the log.

use super::lex::Dialect;
use super::read::ReadError;
use super::source::Source;
use gesso_core::{JobContext, Reservation};
use gesso_store::objects::{InputFile, InputReader};
use memchr::{memchr, memchr2, memrchr};
use std::io::{self, Read};

/// Sizes of what is read. Bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// A block is cut at the first opportunity beyond this.
    pub block: usize,
    /// Bytes read between two looks at the gate.
    pub piece: usize,
    /// Longest line that is parsed.
    pub line_max: usize,
}

impl Default for Sizes {
    fn default() -> Sizes {
        Sizes { block: 4 << 20, piece: 256 << 10, line_max: 64 << 20 }
    }
}

/// A part of a file.
#[derive(Debug)]
pub(crate) enum Block {
    /// Whole lines.
    Lines {
        bytes: Vec<u8>,
        /// Gives the memory back with the block.
        held: Reservation,
    },
    /// Part of a line that is too long.
    Long { bytes: Vec<u8>, held: Reservation, end: LongEnd },
}

/// Whether a part of a long line is its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LongEnd {
    More,
    /// The line ended.
    Line,
    /// The file ended inside quotes.
    OpenQuote,
}

/// Reads one file.
pub(crate) struct BlockReader<'a> {
    ctx: &'a JobContext,
    source: Source<'a>,
    file: &'a InputFile,
    dialect: Dialect,
    sizes: Sizes,
    buf: Vec<u8>,
    scan: Scan,
    is_at_end: bool,
}

/// How far line ends have been looked for in the buffer.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    /// Everything before has been looked at.
    done: usize,
    /// Where the last unfinished line starts. Bytes before it are whole lines.
    line: usize,
    in_quotes: bool,
    /// The buffer starts inside a line that is too long; the scan ends with that line.
    in_long: bool,
}

/// Bytes kept back of a long line: enough to see a delimiter before a quote, and a doubled quote.
const LOOK_BEHIND: usize = 8;

impl Block {
    /// The part's bytes.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Block::Lines { bytes, .. } | Block::Long { bytes, .. } => bytes,
        }
    }
}

impl<'a> BlockReader<'a> {
    /// Reads a file, plain or compressed, whose turn it is, and skips its byte-order mark.
    pub fn of(
        ctx: &'a JobContext,
        (file, opened): (&'a InputFile, io::Result<InputReader<'a>>),
        dialect: Dialect,
        sizes: Sizes,
    ) -> Result<BlockReader<'a>, ReadError> {
        let mut reader = BlockReader {
            ctx,
            source: opened.and_then(Source::of).map_err(ReadError::at(file))?,
            file,
            dialect,
            sizes,
            buf: Vec::new(),
            scan: Scan::default(),
            is_at_end: false,
        };
        while reader.buf.len() < 3 && !reader.is_at_end {
            reader.read(3)?;
        }
        if reader.buf.starts_with(b"\xef\xbb\xbf") {
            reader.buf.drain(..3);
        }
        Ok(reader)
    }

    /// Bytes read from the file since this was last asked, before they are unpacked.
    pub fn take_read_bytes(&mut self) -> u64 {
        self.source.take_read_bytes()
    }

    /// The next block; none at the end of the file.
    pub fn next(&mut self) -> Result<Option<Block>, ReadError> {
        let ctx = self.ctx;
        let mut held = ctx.reserve((self.sizes.block + self.sizes.piece) as u64)?;
        loop {
            ctx.checkpoint()?;
            self.scan.advance(&self.buf, &self.dialect, self.is_at_end);
            if let Some((upto, long)) = self.cut() {
                let bytes = self.take(upto);
                return Ok(Some(match long {
                    None => Block::Lines { bytes, held },
                    Some(end) => Block::Long { bytes, held, end },
                }));
            }
            if self.is_at_end {
                return Ok(None);
            }
            let room = self.buf.len() + self.sizes.piece;
            if room as u64 > held.size_bytes() {
                ctx.grow(&mut held, self.sizes.piece as u64)?;
            }
            self.read(self.sizes.piece)?;
        }
    }

    /// How much of the buffer is a block by now, if it is time for one.
    fn cut(&mut self) -> Option<(usize, Option<LongEnd>)> {
        let unfinished = self.buf.len() - self.scan.line;
        let outgrown = unfinished > self.sizes.line_max;
        if self.scan.in_long || (outgrown && self.scan.line == 0) {
            self.scan.in_long = true;
            return self.cut_long();
        }
        let whole = if self.is_at_end { self.buf.len() } else { self.scan.line };
        let is_time = self.is_at_end || outgrown || self.buf.len() >= self.sizes.block;
        (whole > 0 && is_time).then_some((whole, None))
    }

    fn cut_long(&mut self) -> Option<(usize, Option<LongEnd>)> {
        let (upto, end) = if self.scan.line > 0 {
            (self.scan.line, LongEnd::Line)
        } else if self.is_at_end {
            (self.buf.len(), if self.scan.in_quotes { LongEnd::OpenQuote } else { LongEnd::Line })
        } else {
            let upto = self.buf.len().saturating_sub(LOOK_BEHIND).min(self.scan.done);
            if upto < self.sizes.block.min(self.sizes.line_max) {
                return None;
            }
            (upto, LongEnd::More)
        };
        self.scan.in_long = end == LongEnd::More;
        Some((upto, Some(end)))
    }

    /// Removes the first bytes of the buffer; what remains is scanned on from where it was.
    fn take(&mut self, upto: usize) -> Vec<u8> {
        let room = if self.is_at_end { 0 } else { self.sizes.block + self.sizes.piece };
        let mut rest = Vec::with_capacity(room);
        rest.extend_from_slice(self.buf.get(upto..).unwrap_or_default());
        let mut bytes = std::mem::replace(&mut self.buf, rest);
        bytes.truncate(upto);
        self.scan.done = self.scan.done.saturating_sub(upto);
        self.scan.line = self.scan.line.saturating_sub(upto);
        bytes
    }

    fn read(&mut self, most: usize) -> Result<(), ReadError> {
        let start = self.buf.len();
        self.buf.resize(start + most, 0);
        let room = self.buf.get_mut(start..).unwrap_or_default();
        let read = fill(&mut self.source, room).map_err(ReadError::at(self.file))?;
        self.buf.truncate(start + read);
        self.is_at_end = read < most;
        Ok(())
    }
}

/// Reads until `out` is full or the source ends; gives the number of bytes.
fn fill(source: &mut impl Read, out: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

impl Scan {
    /// Looks for line ends in what has been read since. At the end of the file nothing stays undecided.
    fn advance(&mut self, buf: &[u8], dialect: &Dialect, is_at_end: bool) {
        // The end of a long line is the end of its scan: what follows is cut off first.
        while self.done < buf.len() && !(self.in_long && self.line > 0) {
            let before = self.done;
            if self.in_quotes {
                self.close(buf, dialect, is_at_end);
            } else {
                self.open(buf, dialect, is_at_end);
            }
            if self.done == before {
                return;
            }
        }
    }

    /// Outside quotes: goes on to the next opening quote or, where no quote follows, to the end.
    fn open(&mut self, buf: &[u8], dialect: &Dialect, is_at_end: bool) {
        let rest = buf.get(self.done..).unwrap_or_default();
        let quote = dialect.quote.filter(|q| memchr(q.first(), rest).is_some());
        let Some(quote) = quote else {
            let end = if self.in_long { memchr(b'\n', rest) } else { memrchr(b'\n', rest) };
            if let Some(i) = end {
                self.line = self.done + i + 1;
            }
            self.done = if self.in_long && end.is_some() { self.line } else { buf.len() };
            return;
        };
        while let Some(i) = memchr2(quote.first(), b'\n', buf.get(self.done..).unwrap_or_default()) {
            let at = self.done + i;
            if buf.get(at) == Some(&b'\n') {
                (self.done, self.line) = (at + 1, at + 1);
                if self.in_long {
                    return;
                }
                continue;
            }
            if at + quote.len() > buf.len() && !is_at_end {
                self.done = at;
                return;
            }
            let starts_line = at == self.line && !self.in_long;
            if quote.is_at(buf, at) && (starts_line || dialect.delimiter.ends_at(buf, at)) {
                (self.done, self.in_quotes) = (at + quote.len(), true);
                return;
            }
            self.done = at + 1;
        }
        self.done = buf.len();
    }

    /// Inside quotes: goes on to behind the closing quote.
    fn close(&mut self, buf: &[u8], dialect: &Dialect, is_at_end: bool) {
        let Some(quote) = dialect.quote else { return };
        while let Some(i) = memchr(quote.first(), buf.get(self.done..).unwrap_or_default()) {
            let at = self.done + i;
            if at + 2 * quote.len() > buf.len() && !is_at_end {
                self.done = at;
                return;
            }
            if !quote.is_at(buf, at) {
                self.done = at + 1;
            } else if quote.is_at(buf, at + quote.len()) {
                self.done = at + 2 * quote.len();
            } else {
                (self.done, self.in_quotes) = (at + quote.len(), false);
                return;
            }
        }
        self.done = buf.len();
    }
}
