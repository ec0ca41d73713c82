//! The bytes of a file, unpacked on the way if its first bytes say that it is compressed (spec 10, 1.2).

use flate2::read::MultiGzDecoder;
use gesso_store::objects::InputReader;
use std::io::{self, BufReader, Chain, Cursor, Read};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A file as a stream of plain bytes.
pub(crate) enum Source<'a> {
    Plain(Packed<'a>),
    Gzip(Box<MultiGzDecoder<Packed<'a>>>),
    Zstd(Box<zstd::Decoder<'static, BufReader<Packed<'a>>>>),
}

/// The bytes as they lie in the file: those that were looked at first, then the rest.
pub(crate) type Packed<'a> = Counted<Chain<Cursor<Vec<u8>>, InputReader<'a>>>;

/// Counts what is read.
pub(crate) struct Counted<R> {
    inner: R,
    read_bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(out)?;
        self.read_bytes += n as u64;
        Ok(n)
    }
}

impl<'a> Source<'a> {
    /// Looks at the first bytes of a file that is open.
    pub fn of(mut file: InputReader<'a>) -> io::Result<Source<'a>> {
        let mut head = Vec::new();
        (&mut file).take(ZSTD.len() as u64).read_to_end(&mut head)?;
        let (is_gzip, is_zstd) = (head.starts_with(&GZIP), head.starts_with(&ZSTD));
        let packed = Counted { inner: Cursor::new(head).chain(file), read_bytes: 0 };
        Ok(if is_gzip {
            Source::Gzip(Box::new(MultiGzDecoder::new(packed)))
        } else if is_zstd {
            Source::Zstd(Box::new(zstd::Decoder::new(packed)?))
        } else {
            Source::Plain(packed)
        })
    }

    /// Bytes read from the file since this was last asked.
    pub fn take_read_bytes(&mut self) -> u64 {
        let packed = match self {
            Source::Plain(packed) => packed,
            Source::Gzip(decoder) => decoder.get_mut(),
            Source::Zstd(decoder) => decoder.get_mut().get_mut(),
        };
        std::mem::take(&mut packed.read_bytes)
    }
}

impl Read for Source<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Source::Plain(packed) => packed.read(out),
            Source::Gzip(decoder) => decoder.read(out),
            Source::Zstd(decoder) => decoder.read(out),
        }
    }
}
