//! A file system in memory that fails on purpose: the twin that tests drive the store against.
//!
//! It knows, for each file and directory, what is durable and what has only been asked for. [`SimFs::crash`]
//! throws a dice over the latter: unsynced writes are kept, lost or torn at sectors, in any combination;
//! sizes and names likewise. A failed fsync throws it at once for what it should have written, and forgets
//! about it: no later fsync brings it back. Everything follows from the seed and the order of calls, so a run repeats itself exactly as long
//! as one thread makes the calls.
//!
//! ```text
//! file  = durable bytes + pending [write | size]        directory = durable names + pending [set | unset | rename]
//! ```

mod content;
mod handle;
mod names;

use super::{DirEntry, DiskFile, FileSystem, parent_of};
use content::{Change, SimFile};
use gesso_core::rng::Rng;
use handle::Handle;
use memmap2::{Mmap, MmapMut};
use names::{NameOp, Node, SimDir};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What goes wrong at one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call, if it writes, reads or syncs, fails with an I/O error; a write leaves a part behind.
    Io,
    /// A write, a new file or a new size fails for lack of space; a write leaves a part behind.
    NoSpace,
    /// The power goes: this call and every later one fails until [`SimFs::crash`].
    PowerOff,
}

/// The file system. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct SimFs(Arc<Mutex<State>>);

#[derive(Clone, Debug)]
struct State {
    rng: Rng,
    files: HashMap<u64, SimFile>,
    dirs: HashMap<u64, SimDir>,
    next: u64,
    calls: u64,
    /// A fault at the call of this number.
    planned: Option<(u64, Fault)>,
    is_off: bool,
    /// How often a fault struck.
    struck: u64,
}

/// What a call is about to do; decides which faults fit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Read,
    Write,
    Sync,
    Name,
}

const ROOT: u64 = 0;

impl SimFs {
    /// An empty file system whose dice follow from a seed.
    pub fn new(seed: u64) -> SimFs {
        SimFs(Arc::new(Mutex::new(State {
            rng: Rng::new(seed, 0x51),
            files: HashMap::new(),
            dirs: HashMap::from([(ROOT, SimDir::default())]),
            next: 1,
            calls: 0,
            planned: None,
            is_off: false,
            struck: 0,
        })))
    }

    /// Plans a fault at the `after`-th call from now, 0 being the next one. A later call takes it if it does
    /// not fit that one.
    pub fn plan(&self, after: u64, fault: Fault) {
        let mut state = self.lock();
        state.planned = Some((state.calls + after, fault));
    }

    /// Takes a planned fault back.
    pub fn calm(&self) {
        self.lock().planned = None;
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// How often a fault struck.
    pub fn struck(&self) -> u64 {
        self.lock().struck
    }

    /// True after [`Fault::PowerOff`] has struck.
    pub fn is_off(&self) -> bool {
        self.lock().is_off
    }

    /// Loses power, and comes back: of everything that was not synced, some is there and some is not.
    pub fn crash(&self) {
        let mut state = self.lock();
        let State { rng, files, dirs, .. } = &mut *state;
        // In order of their numbers, so that the dice fall alike in each run.
        let mut numbers: Vec<u64> = files.keys().copied().collect();
        numbers.sort_unstable();
        for number in numbers {
            if let Some(file) = files.get_mut(&number) {
                file.settle(rng);
            }
        }
        let mut numbers: Vec<u64> = dirs.keys().copied().collect();
        numbers.sort_unstable();
        for number in numbers {
            if let Some(dir) = dirs.get_mut(&number) {
                dir.settle(rng);
            }
        }
        state.planned = None;
        state.is_off = false;
    }

    /// The process dies, the system does not: everything written is there.
    pub fn kill(&self) {
        let mut state = self.lock();
        state.planned = None;
        state.is_off = false;
    }

    /// Another file system that is now as this one.
    pub fn fork(&self) -> SimFs {
        SimFs(Arc::new(Mutex::new(self.lock().clone())))
    }

    /// All files with their bytes, by path.
    pub fn dump(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let state = self.lock();
        let mut found = BTreeMap::new();
        let mut open = vec![(PathBuf::from("/"), ROOT)];
        while let Some((path, number)) = open.pop() {
            for (name, node) in state.dirs.get(&number).iter().flat_map(|d| &d.now) {
                match node {
                    Node::Dir(n) => open.push((path.join(name), *n)),
                    Node::File(n) => {
                        let bytes = state.files.get(n).map(|f| f.now.clone()).unwrap_or_default();
                        found.insert(path.join(name), bytes);
                    }
                }
            }
        }
        found
    }

    /// Replaces the bytes of a file as damage would: durably and unseen.
    pub fn damage(&self, path: &Path, bytes: Vec<u8>) -> io::Result<()> {
        let mut state = self.lock();
        let Some(Node::File(number)) = state.find(path) else { return Err(io::ErrorKind::NotFound.into()) };
        state.files.insert(number, SimFile { durable: bytes.clone(), now: bytes, pending: Vec::new() });
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, number: u64) -> Box<dyn DiskFile> {
        Box::new(Handle { fs: self.clone(), number })
    }
}

impl State {
    /// Counts a call and lets a planned fault strike.
    fn enter(&mut self, call: Call) -> Result<(), io::Error> {
        self.calls += 1;
        if self.is_off {
            return Err(io::Error::other("the power is off"));
        }
        let Some((at, fault)) = self.planned else { return Ok(()) };
        let fits = match fault {
            Fault::NoSpace => matches!(call, Call::Write),
            Fault::Io | Fault::PowerOff => true,
        };
        if self.calls <= at || !fits {
            return Ok(());
        }
        self.planned = None;
        self.struck += 1;
        match fault {
            Fault::PowerOff => {
                self.is_off = true;
                Err(io::Error::other("the power went off"))
            }
            Fault::NoSpace => Err(io::ErrorKind::StorageFull.into()),
            Fault::Io => Err(io::Error::from_raw_os_error(5)),
        }
    }

    fn find(&self, path: &Path) -> Option<Node> {
        let mut at = Node::Dir(ROOT);
        for part in path.components() {
            let std::path::Component::Normal(name) = part else { continue };
            let Node::Dir(number) = at else { return None };
            at = *self.dirs.get(&number)?.now.get(name.to_str()?)?;
        }
        Some(at)
    }

    fn dir_of(&mut self, path: &Path) -> io::Result<(String, &mut SimDir)> {
        let name = path.file_name().and_then(|n| n.to_str()).ok_or(io::ErrorKind::InvalidInput)?;
        match self.find(parent_of(path)) {
            Some(Node::Dir(number)) => {
                let dir = self.dirs.get_mut(&number).ok_or(io::ErrorKind::NotFound)?;
                Ok((name.to_owned(), dir))
            }
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn file_of(&self, path: &Path) -> io::Result<u64> {
        match self.find(path) {
            Some(Node::File(number)) => Ok(number),
            Some(Node::Dir(_)) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn new_number(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }
}

impl FileSystem for SimFs {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.lock();
        state.enter(Call::Write)?;
        if let Some(Node::File(number)) = state.find(path) {
            if let Some(file) = state.files.get_mut(&number) {
                file.push(Change::Size(0));
            }
            return Ok(self.file(number));
        }
        let number = state.new_number();
        let (name, dir) = state.dir_of(path)?;
        dir.push(NameOp::Set(name, Node::File(number)));
        state.files.insert(number, SimFile::default());
        Ok(self.file(number))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.open_read(path)
    }

    fn open_read(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.lock();
        state.enter(Call::Read)?;
        Ok(self.file(state.file_of(path)?))
    }

    fn map(&self, path: &Path) -> io::Result<Arc<Mmap>> {
        let mut state = self.lock();
        state.enter(Call::Read)?;
        let number = state.file_of(path)?;
        let bytes = state.files.get(&number).map(|f| f.now.clone()).unwrap_or_default();
        let mut map = MmapMut::map_anon(bytes.len())?;
        map.copy_from_slice(&bytes);
        Ok(Arc::new(map.make_read_only()?))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<DirEntry>> {
        let mut state = self.lock();
        state.enter(Call::Read)?;
        let Some(Node::Dir(number)) = state.find(dir) else { return Err(io::ErrorKind::NotFound.into()) };
        let names = state.dirs.get(&number).map(|d| d.now.clone()).unwrap_or_default();
        let entry = |(name, node)| match node {
            Node::Dir(_) => DirEntry { name, is_dir: true, size_bytes: 0 },
            Node::File(n) => {
                let size_bytes = state.files.get(&n).map_or(0, |f| f.now.len() as u64);
                DirEntry { name, is_dir: false, size_bytes }
            }
        };
        Ok(names.into_iter().map(entry).collect())
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.enter(Call::Write)?;
        if state.find(path).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let number = state.new_number();
        let (name, dir) = state.dir_of(path)?;
        dir.push(NameOp::Set(name, Node::Dir(number)));
        state.dirs.insert(number, SimDir::default());
        Ok(())
    }

    fn is_dir(&self, dir: &Path) -> bool {
        matches!(self.lock().find(dir), Some(Node::Dir(_)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.enter(Call::Name)?;
        if parent_of(from) != parent_of(to) {
            return Err(io::ErrorKind::CrossesDevices.into());
        }
        let node = state.find(from).ok_or(io::ErrorKind::NotFound)?;
        let (new, _) = state.dir_of(to)?;
        let (old, dir) = state.dir_of(from)?;
        dir.push(NameOp::Rename(old, new, node));
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.enter(Call::Name)?;
        let number = state.file_of(from)?;
        if state.find(to).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let (name, dir) = state.dir_of(to)?;
        dir.push(NameOp::Set(name, Node::File(number)));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.enter(Call::Name)?;
        state.file_of(path)?;
        let (name, dir) = state.dir_of(path)?;
        dir.push(NameOp::Unset(name));
        Ok(())
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.enter(Call::Name)?;
        let Some(Node::Dir(number)) = state.find(path) else { return Err(io::ErrorKind::NotFound.into()) };
        // What is in it goes name by name, so that a crash may leave some of it.
        let mut open = vec![number];
        while let Some(number) = open.pop() {
            let Some(dir) = state.dirs.get_mut(&number) else { continue };
            for (name, node) in dir.now.clone() {
                dir.push(NameOp::Unset(name));
                if let Node::Dir(n) = node {
                    open.push(n);
                }
            }
        }
        let (name, dir) = state.dir_of(path)?;
        dir.push(NameOp::Unset(name));
        Ok(())
    }

    fn remove_empty_dir(&self, path: &Path) -> io::Result<()> {
        let state = self.lock();
        let Some(Node::Dir(number)) = state.find(path) else { return Err(io::ErrorKind::NotFound.into()) };
        let is_empty = state.dirs.get(&number).is_some_and(|d| d.now.is_empty());
        drop(state);
        if is_empty { self.remove_dir(path) } else { Err(io::ErrorKind::DirectoryNotEmpty.into()) }
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.lock();
        state.enter(Call::Sync)?;
        let Some(Node::Dir(number)) = state.find(path) else { return Err(io::ErrorKind::NotFound.into()) };
        if let Some(dir) = state.dirs.get_mut(&number) {
            dir.durable = dir.now.clone();
            dir.pending.clear();
        }
        Ok(())
    }
}
