//! Files that jobs read: on this machine, or objects of the remote store.

use super::remote::{ObjectReader, RemoteObject};
use bytes::Bytes;
use gesso_core::{JobContext, Stop};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A file that exists, or did when it was listed. Nothing of it has been read.
#[derive(Clone, Debug)]
pub struct InputFile {
    place: Place,
    name: String,
    shown: String,
    size_bytes: u64,
}

#[derive(Clone, Debug)]
enum Place {
    /// Anywhere on this machine, as its own user named it.
    Local(PathBuf),
    /// Below an object root, with all links followed; links that appear later are not.
    Confined(PathBuf),
    Remote(RemoteObject),
}

/// The bytes of a file from its start.
pub enum InputReader<'a> {
    /// Of this machine.
    Local(File),
    /// Of the remote store.
    Remote(Box<ObjectReader<'a>>),
}

impl InputFile {
    /// A file of this machine that need not be below any root.
    pub fn local(path: PathBuf) -> InputFile {
        let shown = path.to_string_lossy().into_owned();
        InputFile::on_disk(Place::Local(path.clone()), &path, shown)
    }

    pub(super) fn confined(path: PathBuf, shown: String) -> InputFile {
        InputFile::on_disk(Place::Confined(path.clone()), &path, shown)
    }

    pub(super) fn remote(object: RemoteObject, shown: String) -> InputFile {
        let (name, size_bytes) = (object.name().to_owned(), object.size_bytes());
        InputFile { place: Place::Remote(object), name, shown, size_bytes }
    }

    fn on_disk(place: Place, path: &Path, shown: String) -> InputFile {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // One that has gone is found to be missing when it is opened.
        let size_bytes = path.metadata().map_or(0, |meta| meta.len());
        InputFile { place, name, shown, size_bytes }
    }

    /// Its name without directories.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its path as reports show it.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Its size when it was listed. Bytes.
    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    pub(super) fn remote_object(&self) -> Option<&RemoteObject> {
        match &self.place {
            Place::Remote(object) => Some(object),
            Place::Local(_) | Place::Confined(_) => None,
        }
    }

    /// Reads it from its start. A read ends with an error when the job is stopped.
    pub fn open<'a>(&self, ctx: &'a JobContext) -> io::Result<InputReader<'a>> {
        Ok(match &self.place {
            Place::Local(path) => InputReader::Local(File::open(path)?),
            Place::Confined(path) => InputReader::Local(open_confined(path)?),
            Place::Remote(object) => InputReader::Remote(Box::new(object.open(ctx)?)),
        })
    }

    /// Reads a part of it, which the caller accounts for.
    pub fn read_range(&self, ctx: &JobContext, range: Range<u64>) -> io::Result<Bytes> {
        let mut file = match &self.place {
            Place::Local(path) => File::open(path)?,
            Place::Confined(path) => open_confined(path)?,
            Place::Remote(object) => return object.read_range(ctx, range),
        };
        file.seek(SeekFrom::Start(range.start))?;
        let mut bytes = vec![0; (range.end.saturating_sub(range.start)) as usize];
        for piece in bytes.chunks_mut(PIECE) {
            ctx.checkpoint().map_err(io::Error::other)?;
            file.read_exact(piece)?;
        }
        Ok(bytes.into())
    }
}

/// Bytes read between two checkpoints.
const PIECE: usize = 1 << 20;

/// The stop that an error of a reader stands for.
pub fn stop_of(error: &io::Error) -> Option<Stop> {
    error.get_ref()?.downcast_ref::<Stop>().copied()
}

impl Read for InputReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            InputReader::Local(file) => file.read(out),
            InputReader::Remote(object) => object.read(out),
        }
    }
}

/// Opens a file whose path has no links; fails when a part of it has become one since.
pub(super) fn open_confined(file: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let opened = rustix::fs::openat2(CWD, file, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS);
    let opened = match opened {
        // Systems without openat2 get the check of the last part alone.
        Err(rustix::io::Errno::NOSYS) => rustix::fs::open(file, flags, Mode::empty()),
        other => other,
    };
    Ok(File::from(opened?))
}
