//! Paths of the object root: what a client may name, and where that is on this machine.
//!
//! ```text
//! bucket/key   /bucket/key   obs://bucket/key   s3://…   s3a://…     <root>/bucket/key
//! file:///abs/path                                                   /abs/path, below root or allow-list
//! ```
//! A path is checked twice: its text (`objects/path.rs`), and what the file system makes of it, after every
//! symbolic link is followed. Missing objects outside the root are reported as outside, so that nobody
//! learns what exists there. [`InputFile::open`] opens without following links, so that one
//! which is swapped in after the check is refused too.
//!
//! With an endpoint configured, all forms but `file:` name objects of an S3-compatible store instead
//! (`objects/remote.rs`). Input files are read through `objects/input.rs`, wherever they are. Output files are staged out of sight (`objects/output.rs`).

mod in_turn;
mod input;
mod output;
mod path;
mod remote;

pub use in_turn::InTurn;
pub use input::{InputFile, InputReader, stop_of};
pub use output::{OutputDir, OutputError, OutputFile, STAGING_DIR};
pub(crate) use remote::RemoteFile;
pub use remote::{Keys, Remote, RemoteConfig, RemoteDir};

use crate::error::StoreError;
use gesso_core::{JobContext, Stop};
use path::{Base, parse};
use remote::{Found, RemoteObject};
use std::fs;
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
    #[error("directory `{path}` has no usable file; expected {expected}")]
    NoUsableFile {
        /// The path as given.
        path: String,
        /// Which names are usable.
        expected: &'static str,
    },
    /// A file that is not named as files of its format are.
    #[error("path `{path}` names a file of another format; expected {expected}")]
    Name {
        /// The path as given.
        path: String,
        /// Which names are usable.
        expected: &'static str,
    },
    /// The job, or the request, was stopped while the store was asked.
    #[error(transparent)]
    Stopped(#[from] Stop),
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
        if let Some(remote) = self.remote_of(text) {
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

    /// The file that an input path names.
    pub fn find_input(
        &self,
        ctx: &JobContext,
        text: &str,
        keys: Option<Keys>,
    ) -> Result<InputFile, ObjectError> {
        let not_a_file = || ObjectError::NotA { path: text.to_owned(), expected: "file" };
        if let Some(remote) = self.remote_of(text) {
            return match remote.find(ctx, text, keys)? {
                Found::One(object) => Ok(InputFile::remote(object, shown_key(text)?)),
                Found::Below(_) => Err(not_a_file()),
            };
        }
        let found = self.resolve_input(text)?;
        if found.is_file() { Ok(self.input_file(found)) } else { Err(not_a_file()) }
    }

    /// The files that an input path stands for: the file itself, or the usable files of a directory in
    /// byte order of their names (spec 10, section 1.2).
    pub fn list_input(
        &self,
        ctx: &JobContext,
        text: &str,
        format: Format,
        keys: Option<Keys>,
    ) -> Result<Vec<InputFile>, ObjectError> {
        let files = if let Some(remote) = self.remote_of(text) {
            match remote.find(ctx, text, keys)? {
                Found::One(object) => return format.one(text, InputFile::remote(object, shown_key(text)?)),
                Found::Below(objects) => usable(objects, &shown_key(text)?, format),
            }
        } else {
            let found = self.resolve_input(text)?;
            if found.is_file() {
                return format.one(text, self.input_file(found));
            }
            self.files_in(text, &found, format)?
        };
        if files.is_empty() {
            return Err(ObjectError::NoUsableFile { path: text.to_owned(), expected: format.names() });
        }
        Ok(files)
    }

    /// The usable files of a directory, in byte order of their names.
    fn files_in(&self, text: &str, dir: &Path, format: Format) -> Result<Vec<InputFile>, ObjectError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(dir).map_err(io_at(text))? {
            let name = entry.map_err(io_at(text))?.file_name();
            if name.to_str().is_some_and(|name| format.is_usable(name)) {
                names.push(name);
            }
        }
        names.sort_unstable();
        let mut files = Vec::with_capacity(names.len());
        for name in names {
            // A link inside the directory is followed, and checked, like one in the path.
            let (file, missing) = self.follow(text, &dir.join(name))?;
            if missing.is_none() && file.is_file() {
                files.push(self.input_file(file));
            }
        }
        Ok(files)
    }

    /// A file below the root is shown relative to it.
    fn input_file(&self, path: PathBuf) -> InputFile {
        let root = self.root.canonicalize().unwrap_or_else(|_| self.root.clone());
        let shown = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        InputFile::confined(path, shown)
    }

    /// The remote store, for paths that name something of it.
    fn remote_of(&self, text: &str) -> Option<&Remote> {
        self.remote.as_ref().filter(|_| !text.starts_with("file:"))
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

/// What input files hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Delimited text.
    #[default]
    Text,
    /// A JSON object a line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// True for names that an import reads from a directory, compressed or not: for text `.csv`, `.txt` and
    /// names without an extension, otherwise those of the format. Never those that begin with `.` or `_`.
    pub fn is_usable(self, name: &str) -> bool {
        let ends_with = |name: &str, suffix: &str| name.to_ascii_lowercase().ends_with(suffix);
        let packed = [".gz", ".zst"].iter().find(|suffix| ends_with(name, suffix));
        let plain = packed.and_then(|suffix| name.get(..name.len() - suffix.len())).unwrap_or(name);
        !name.starts_with(['.', '_'])
            && match self {
                Format::Text => !plain.contains('.') || ends_with(plain, ".csv") || ends_with(plain, ".txt"),
                Format::JsonLines => ends_with(plain, ".jsonl"),
                // Its pages are compressed, never the file: it is read from its end.
                Format::Parquet => ends_with(name, ".parquet"),
            }
    }

    /// Which names are usable, in words.
    pub fn names(self) -> &'static str {
        match self {
            Format::Text => "names ending in .csv or .txt, or without an extension",
            Format::JsonLines => "names ending in .jsonl, .jsonl.gz or .jsonl.zst",
            Format::Parquet => "names ending in .parquet",
        }
    }

    /// A file that a path names itself: text may have any name, other formats are told by theirs.
    fn one(self, text: &str, file: InputFile) -> Result<Vec<InputFile>, ObjectError> {
        if self == Format::Text || self.is_usable(file.name()) {
            return Ok(vec![file]);
        }
        Err(ObjectError::Name { path: text.to_owned(), expected: self.names() })
    }
}

/// The usable ones of the objects below a prefix, in byte order of their names.
fn usable(mut objects: Vec<RemoteObject>, prefix: &str, format: Format) -> Vec<InputFile> {
    objects.retain(|object| format.is_usable(object.name()));
    objects.sort_unstable_by(|a, b| a.name().cmp(b.name()));
    let input = |object: RemoteObject| {
        let shown = format!("{prefix}/{}", object.name());
        InputFile::remote(object, shown)
    };
    objects.into_iter().map(input).collect()
}

/// A key of the remote store as reports show it: bucket and key, without scheme.
fn shown_key(text: &str) -> Result<String, ObjectError> {
    Ok(parse(text)?.relative.to_string_lossy().into_owned())
}

/// True for names that a file of the object root can be given: one segment of a path.
pub fn is_file_name(name: &str) -> bool {
    !name.contains('/') && !name.starts_with('.') && parse(&format!("bucket/{name}")).is_ok()
}

fn io_at(text: &str) -> impl FnOnce(io::Error) -> ObjectError {
    let path = text.to_owned();
    move |source| ObjectError::Io { path, source }
}
