//! Paths of the object root: what a client may name, and where that is on this machine.
//!
//! ```text
//! bucket/key   /bucket/key   obs://bucket/key   s3://…   s3a://…     <root>/bucket/key
//! file:///abs/path                                                   /abs/path, below root or allow-list
//! ```
//! A path is checked twice: its text (`objects/path.rs`), and what the file system makes of it, after every
//! symbolic link is followed. Missing objects outside the root are reported as outside, so that nobody
//! learns what exists there. [`ObjectRoot::open_input`] opens without following links, so that one
//! which is swapped in after the check is refused too.
//!
//! With an endpoint configured, all forms but `file:` name objects of an S3-compatible store instead
//! (`objects/remote.rs`), for output. Output files are staged out of sight (`objects/output.rs`).

mod output;
mod path;
mod remote;

pub use output::{OutputDir, OutputError, OutputFile, STAGING_DIR};
pub(crate) use remote::RemoteFile;
pub use remote::{Keys, Remote, RemoteConfig, RemoteDir};

use crate::error::StoreError;
use path::{Base, parse};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Why a path is not usable. Each message names the path as the client wrote it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// A character that paths may not have.
    #[error("path `{path}` has the character {found:?}, which is not allowed")]
    Character {
        /// The path as given.
        path: String,
        /// The first such character.
        found: char,
    },
    /// An empty segment, `.` or `..`.
    #[error("path `{path}` has the segment `{segment}`; expected names separated by single `/`")]
    Segment {
        /// The path as given.
        path: String,
        /// The segment.
        segment: String,
    },
    /// The path leads out of the object root.
    #[error("path `{path}` is outside the object root")]
    Outside {
        /// The path as given.
        path: String,
    },
    /// There is nothing of that name.
    #[error("path `{path}` does not exist")]
    Missing {
        /// The path as given.
        path: String,
    },
    /// A directory where a file is expected, or the other way round, or neither of both.
    #[error("path `{path}` is not a {expected}")]
    NotA {
        /// The path as given.
        path: String,
        /// `file` or `directory`.
        expected: &'static str,
    },
    /// A directory without a file that can be read as data.
    #[error(
        "directory `{path}` has no usable file; expected names ending in .csv or .txt, or without an extension"
    )]
    NoUsableFile {
        /// The path as given.
        path: String,
    },
    /// The remote store refused, or can not be reached.
    #[error("path `{path}`: {reason}")]
    Remote {
        /// The path as given.
        path: String,
        /// What the store, or the way to it, said.
        reason: String,
    },
    /// The operating system refused.
    #[error("path `{path}`: {source}")]
    Io {
        /// The path as given.
        path: String,
        /// The system's answer.
        source: io::Error,
    },
}

/// The directory that object paths are below, and further ones that `file:` paths may name.
#[derive(Clone, Debug)]
pub struct ObjectRoot {
    root: PathBuf,
    allowed: Vec<PathBuf>,
    remote: Option<Remote>,
    /// Names this data directory among those that share the root.
    owner: String,
}

impl ObjectRoot {
    /// A root, which need not exist yet, and directories that `file:` paths may name besides it.
    pub fn new(root: PathBuf, allowed: Vec<PathBuf>) -> ObjectRoot {
        ObjectRoot { root, allowed, remote: None, owner: "gesso".to_owned() }
    }

    /// With a remote store for every path but `file:` ones.
    pub fn with_remote(mut self, remote: Remote) -> ObjectRoot {
        self.remote = Some(remote);
        self
    }

    /// For the data directory `owner`, a file name; removes what an earlier process of it has staged.
    pub fn owned_by(mut self, owner: &str) -> Result<ObjectRoot, StoreError> {
        for base in std::iter::once(&self.root).chain(&self.allowed) {
            output::clear_staging(base, owner)?;
        }
        owner.clone_into(&mut self.owner);
        Ok(self)
    }

    /// The directory that a path names, to write files to; it is made when the first file is published.
    /// `keys` are those of the request, for a remote store.
    pub fn output_dir(&self, text: &str, keys: Option<Keys>) -> Result<OutputDir, ObjectError> {
        if let Some(remote) = self.remote.as_ref().filter(|_| !text.starts_with("file:")) {
            return Ok(OutputDir::remote(remote.dir(text, keys)?));
        }
        let (existing, missing) = self.follow(text, &self.place(&parse(text)?))?;
        if !existing.is_dir() {
            return Err(ObjectError::NotA { path: text.to_owned(), expected: "directory" });
        }
        let dir = missing.map_or(existing.clone(), |rest| existing.join(rest));
        let bases = std::iter::once(&self.root).chain(&self.allowed);
        let base = bases.filter_map(|base| base.canonicalize().ok()).find(|base| dir.starts_with(base));
        let base = base.ok_or_else(|| ObjectError::Outside { path: text.to_owned() })?;
        Ok(OutputDir::local(dir, base.join(STAGING_DIR).join(&self.owner)))
    }

    /// The root directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The existing file or directory that a path names, with all links followed.
    pub fn resolve_input(&self, text: &str) -> Result<PathBuf, ObjectError> {
        let parsed = parse(text)?;
        let wanted = self.place(&parsed);
        let (found, missing) = self.follow(text, &wanted)?;
        if missing.is_some() {
            return Err(ObjectError::Missing { path: text.to_owned() });
        }
        let kind = fs::metadata(&found).map_err(io_at(text))?;
        match (kind.is_dir(), kind.is_file()) {
            (false, false) => Err(ObjectError::NotA { path: text.to_owned(), expected: "file" }),
            (false, true) if parsed.is_directory => {
                Err(ObjectError::NotA { path: text.to_owned(), expected: "directory" })
            }
            _ => Ok(found),
        }
    }

    /// The files that an input path stands for: the file itself, or the usable files of a directory in
    /// byte order of their names (spec 10, section 1.2).
    pub fn list_input(&self, text: &str) -> Result<Vec<PathBuf>, ObjectError> {
        let found = self.resolve_input(text)?;
        if found.is_file() {
            return Ok(vec![found]);
        }
        let mut names = Vec::new();
        for entry in fs::read_dir(&found).map_err(io_at(text))? {
            let name = entry.map_err(io_at(text))?.file_name();
            if name.to_str().is_some_and(is_usable) {
                names.push(name);
            }
        }
        names.sort_unstable();
        let mut files = Vec::with_capacity(names.len());
        for name in names {
            // A link inside the directory is followed, and checked, like one in the path.
            let (file, missing) = self.follow(text, &found.join(name))?;
            if missing.is_none() && file.is_file() {
                files.push(file);
            }
        }
        if files.is_empty() {
            return Err(ObjectError::NoUsableFile { path: text.to_owned() });
        }
        Ok(files)
    }

    /// Opens a file that [`ObjectRoot::resolve_input`] or [`ObjectRoot::list_input`] returned. Fails when
    /// a part of its path has become a symbolic link since.
    pub fn open_input(&self, file: &Path) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let opened = rustix::fs::openat2(CWD, file, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS);
        let opened = match opened {
            // Systems without openat2 get the check of the last part alone.
            Err(rustix::io::Errno::NOSYS) => rustix::fs::open(file, flags, Mode::empty()),
            other => other,
        };
        Ok(File::from(opened?))
    }

    /// The place of an output file; the directories above it are made. For a path that ends in `/`, the
    /// directory itself, which is made as well.
    pub fn resolve_output(&self, text: &str) -> Result<PathBuf, ObjectError> {
        let parsed = parse(text)?;
        if parsed.base == Base::Root {
            fs::create_dir_all(&self.root).map_err(io_at(text))?;
        }
        let (existing, missing) = self.follow(text, &self.place(&parsed))?;
        let place = missing.map_or(existing.clone(), |rest| existing.join(rest));
        let dir = if parsed.is_directory { Some(place.as_path()) } else { place.parent() };
        if let Some(dir) = dir {
            fs::create_dir_all(dir).map_err(io_at(text))?;
        }
        if parsed.is_directory != place.is_dir() {
            let expected = if parsed.is_directory { "directory" } else { "file" };
            return Err(ObjectError::NotA { path: text.to_owned(), expected });
        }
        Ok(place)
    }

    fn place(&self, path: &path::ObjectPath) -> PathBuf {
        match path.base {
            Base::Root => self.root.join(&path.relative),
            Base::FileSystem => Path::new("/").join(&path.relative),
        }
    }

    /// Follows all links of the part of `wanted` that exists, and refuses what is then outside. Returns
    /// that part, and the rest that is missing.
    fn follow(&self, text: &str, wanted: &Path) -> Result<(PathBuf, Option<PathBuf>), ObjectError> {
        let mut at = wanted;
        loop {
            match at.canonicalize() {
                Ok(found) if self.is_inside(&found) => {
                    let rest = wanted.strip_prefix(at).ok().filter(|rest| !rest.as_os_str().is_empty());
                    return Ok((found, rest.map(Path::to_owned)));
                }
                // The search has passed the root itself, which nobody has made yet.
                Ok(_) if at != wanted && at != self.root && self.root.starts_with(at) => {
                    return Err(ObjectError::Missing { path: text.to_owned() });
                }
                Ok(_) => return Err(ObjectError::Outside { path: text.to_owned() }),
                // A link to nothing is there, but leads who knows where.
                Err(_) if at.is_symlink() => return Err(ObjectError::Outside { path: text.to_owned() }),
                Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {}
                Err(e) => return Err(io_at(text)(e)),
            }
            match at.parent() {
                Some(parent) => at = parent,
                None => return Err(ObjectError::Missing { path: text.to_owned() }),
            }
        }
    }

    fn is_inside(&self, canonical: &Path) -> bool {
        let dirs = std::iter::once(&self.root).chain(&self.allowed);
        dirs.filter_map(|dir| dir.canonicalize().ok()).any(|dir| canonical.starts_with(dir))
    }
}

/// True for names that an import reads from a directory: `.csv`, `.txt` and names without an extension,
/// compressed or not; not those that begin with `.` or `_`.
pub fn is_usable(name: &str) -> bool {
    if name.starts_with(['.', '_']) {
        return false;
    }
    let ends_with = |name: &str, suffix: &str| name.to_ascii_lowercase().ends_with(suffix);
    let packed = [".gz", ".zst"].iter().find(|suffix| ends_with(name, suffix));
    let name = packed.and_then(|suffix| name.get(..name.len() - suffix.len())).unwrap_or(name);
    !name.contains('.') || ends_with(name, ".csv") || ends_with(name, ".txt")
}

/// True for names that a file of the object root can be given: one segment of a path.
pub fn is_file_name(name: &str) -> bool {
    !name.contains('/') && !name.starts_with('.') && parse(&format!("bucket/{name}")).is_ok()
}

fn io_at(text: &str) -> impl FnOnce(io::Error) -> ObjectError {
    let path = text.to_owned();
    move |source| ObjectError::Io { path, source }
}
