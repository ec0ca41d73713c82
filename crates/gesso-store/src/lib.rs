//! Durability: an append-only log, immutable columnar segments, small documents that change
//! atomically, the paths of the object root, and the lock of a data directory.
//!
//! Deliberately absent: what the bytes mean. Records are opaque, arrays are named numbers, documents
//! are whatever their owner serializes. Threads: short ones that give up the space of removed files, and those of
//! syncs (`JobContext::aside`); [`log::Log`] makes one of the threads that wait for a commit write for all of them.

pub mod atomic;
pub mod backup;
mod discard;
pub mod disk;
pub mod error;
pub mod lock;
pub mod log;
pub mod manifest;
mod map;
pub mod objects;
mod pace;
pub mod segment;
pub mod version;

pub use atomic::{AtomicFile, sync_dir};
pub use disk::Disk;
pub use error::StoreError;
pub use lock::DirLock;
pub use log::{FoundLog, Log, LogOptions, Recovery};
pub use manifest::{decode_json, load_json, load_json_on, save_json, save_json_on};
pub use objects::{Keys, ObjectError, ObjectRoot, OutputDir, OutputError, OutputFile, Remote, RemoteConfig};
pub use segment::{Segment, SegmentInfo, SegmentWriter};
