//! Open files of the simulated file system: short reads and writes, and failing ones.

use super::content::{Change, SECTOR, SimFile};
use super::{Call, DiskFile, SimFs, State};
use gesso_core::rng::Rng;
use std::io;

/// An open file.
#[derive(Debug)]
pub struct Handle {
    pub fs: SimFs,
    pub number: u64,
}

impl Handle {
    fn with<R>(
        &self,
        call: Call,
        act: impl FnOnce(&mut SimFile, &mut Rng, Option<io::Error>) -> io::Result<R>,
    ) -> io::Result<R> {
        let mut state = self.fs.lock();
        let was_off = state.is_off;
        let struck = state.enter(call).err();
        if let Some(e) = struck.as_ref().filter(|_| was_off) {
            return Err(io::Error::other(e.to_string()));
        }
        let State { rng, files, .. } = &mut *state;
        let file = files.get_mut(&self.number).ok_or(io::ErrorKind::NotFound)?;
        act(file, rng, struck)
    }
}

impl DiskFile for Handle {
    fn read_at(&self, buffer: &mut [u8], at: u64) -> io::Result<usize> {
        self.with(Call::Read, |file, rng, struck| {
            if let Some(e) = struck {
                return Err(e);
            }
            let rest = file.now.get(at as usize..).unwrap_or_default();
            let most = rest.len().min(buffer.len());
            // Now and then less than asked for, or an interruption.
            let len = match rng.below(8) {
                0 if most > 1 => 1 + rng.below(most as u64 - 1) as usize,
                1 if most > 0 => return Err(io::ErrorKind::Interrupted.into()),
                _ => most,
            };
            if let (Some(to), Some(from)) = (buffer.get_mut(..len), rest.get(..len)) {
                to.copy_from_slice(from);
            }
            Ok(len)
        })
    }

    fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<usize> {
        self.with(Call::Write, |file, rng, struck| {
            let len = bytes.len() as u64;
            let kept = match &struck {
                Some(_) => rng.below(len + 1),
                None if rng.below(8) == 0 => cut_short(at, len, rng),
                None => len,
            };
            if kept > 0 {
                file.push(Change::Write(at, bytes.get(..kept as usize).unwrap_or_default().to_vec()));
            }
            struck.map_or(Ok(kept as usize), Err)
        })
    }

    fn size(&self) -> io::Result<u64> {
        self.with(Call::Read, |file, _, struck| struck.map_or(Ok(file.now.len() as u64), Err))
    }

    fn set_size(&self, size_bytes: u64) -> io::Result<()> {
        self.with(Call::Write, |file, _, struck| {
            if let Some(e) = struck {
                return Err(e);
            }
            file.push(Change::Size(size_bytes));
            Ok(())
        })
    }

    fn reserve(&self, from: u64, len: u64) -> io::Result<()> {
        self.with(Call::Write, |file, rng, struck| {
            if let Some(e) = struck {
                return Err(e);
            }
            if rng.below(4) == 0 {
                return Err(io::ErrorKind::Unsupported.into());
            }
            if (file.now.len() as u64) < from + len {
                file.push(Change::Size(from + len));
            }
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.sync_all()
    }

    fn sync_all(&self) -> io::Result<()> {
        self.with(Call::Sync, |file, rng, struck| match struck {
            None => {
                file.sync();
                Ok(())
            }
            Some(e) => {
                // The system forgets that these were to be written: a second fsync would succeed.
                file.decide(rng);
                Err(e)
            }
        })
    }
}

/// How much of a write is done at once: up to one of the sectors' borders in it, or all.
fn cut_short(at: u64, len: u64, rng: &mut Rng) -> u64 {
    let sector = SECTOR as u64;
    let borders = (at + len - 1) / sector - at / sector;
    if borders == 0 { len } else { (at / sector + 1 + rng.below(borders)) * sector - at }
}
