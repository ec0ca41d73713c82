//! Objects that are read: blocks of bounded size, the next ones under way while one is worked on.
//!
//! Every block is a request of its own, so that a large object is no long request, a failed one is repeated
//! alone, and several are under way at once. All of them ask for the object as it was listed: one that
//! changes in between is an error, never a mixture.

use super::super::ObjectError;
use super::super::path::parse;
use super::{Bucket, Ended, Keys, Remote, RemoteDir, reason, until_stopped};
use bytes::{Buf, Bytes};
use gesso_core::{JobContext, Reservation};
use object_store::aws::AmazonS3;
use object_store::path::Path as Key;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

/// Bytes of a request.
const BLOCK_BYTES: u64 = 8 << 20;
/// Blocks under way at once, the one that is read included.
const BLOCKS_AHEAD: usize = 4;

/// An object as it was when it was listed.
#[derive(Clone)]
pub struct RemoteObject {
    runtime: Arc<Runtime>,
    listed: Arc<Listed>,
}

/// What a request needs to know. It has no hold on the runtime that it runs on: that is not ended from within.
struct Listed {
    store: Arc<AmazonS3>,
    key: Key,
    size_bytes: u64,
    /// Without quotes.
    e_tag: Option<String>,
}

impl std::fmt::Debug for RemoteObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The store knows the keys.
        write!(f, "RemoteObject({})", self.listed.key)
    }
}

/// Reads an object from its start. Dropped, it gives up what is under way.
pub struct ObjectReader<'a> {
    ctx: &'a JobContext,
    object: RemoteObject,
    under_way: VecDeque<JoinHandle<object_store::Result<Bytes>>>,
    /// Where the next request begins.
    next: u64,
    block: Bytes,
    /// The memory of all blocks.
    _held: Reservation,
}

impl Remote {
    /// What a path names: the object of that key, or those directly below it.
    pub(in super::super) fn find(
        &self,
        ctx: &JobContext,
        text: &str,
        keys: Option<Keys>,
    ) -> Result<Found, ObjectError> {
        let dir = self.dir(text, keys)?;
        if !parse(text)?.is_directory
            && let Some(object) = dir.itself(ctx).map_err(|e| e.at::<ObjectError>(text))?
        {
            return Ok(Found::One(object));
        }
        let listed = dir.listed(ctx).map_err(|e| e.at::<ObjectError>(text))?;
        if listed.is_empty() {
            return Err(ObjectError::Missing { path: text.to_owned() });
        }
        Ok(Found::Below(listed.into_iter().map(|meta| RemoteObject::of(&dir.bucket, meta)).collect()))
    }
}

/// What a path names.
pub enum Found {
    /// An object.
    One(RemoteObject),
    /// The objects directly below a prefix.
    Below(Vec<RemoteObject>),
}

impl RemoteDir {
    /// The object whose key is the prefix; none if there is none.
    fn itself(&self, ctx: &JobContext) -> Result<Option<RemoteObject>, Ended> {
        if self.prefix.is_empty() {
            return Ok(None);
        }
        let key = Key::parse(&self.prefix).map_err(object_store::Error::from)?;
        let store = self.bucket.store.clone();
        let asked = async move { store.head(&key).await };
        match until_stopped(&self.bucket.runtime, ctx, asked) {
            Ok(meta) => Ok(Some(RemoteObject::of(&self.bucket, meta))),
            Err(Ended::Failed(object_store::Error::NotFound { .. })) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

impl RemoteObject {
    fn of(bucket: &Bucket, meta: ObjectMeta) -> RemoteObject {
        let e_tag = meta.e_tag.map(|tag| tag.trim_matches('"').to_owned());
        let (store, size_bytes) = (bucket.store.clone(), meta.size);
        let listed = Listed { store, key: meta.location, size_bytes, e_tag };
        RemoteObject { runtime: bucket.runtime.clone(), listed: Arc::new(listed) }
    }

    /// The last part of its key.
    pub fn name(&self) -> &str {
        self.listed.key.filename().unwrap_or_default()
    }

    /// Its size. Bytes.
    pub fn size_bytes(&self) -> u64 {
        self.listed.size_bytes
    }

    /// Reads it from its start.
    pub fn open<'a>(&self, ctx: &'a JobContext) -> io::Result<ObjectReader<'a>> {
        let held = ctx.reserve(self.held_bytes()).map_err(io::Error::other)?;
        Ok(self.reader(ctx, held))
    }

    /// Reads it from its start, if there is memory for that now. A job is not stopped where there is none.
    pub fn open_ahead<'a>(&self, ctx: &'a JobContext) -> Option<ObjectReader<'a>> {
        let held = ctx.account().reserve(self.held_bytes()).ok()?;
        Some(self.reader(ctx, held))
    }

    /// What a reader of it holds at most.
    fn held_bytes(&self) -> u64 {
        self.listed.size_bytes.min(BLOCK_BYTES * BLOCKS_AHEAD as u64)
    }

    fn reader<'a>(&self, ctx: &'a JobContext, held: Reservation) -> ObjectReader<'a> {
        let (object, under_way, block) = (self.clone(), VecDeque::new(), Bytes::new());
        ObjectReader { ctx, object, under_way, next: 0, block, _held: held }
    }

    /// Reads a part of it, in requests of bounded size. The caller accounts for the bytes.
    pub fn read_range(&self, ctx: &JobContext, range: Range<u64>) -> io::Result<Bytes> {
        let mut out = Vec::with_capacity((range.end.saturating_sub(range.start)) as usize);
        let mut at = range.start;
        while at < range.end {
            let end = range.end.min(at + BLOCK_BYTES);
            let block = until_stopped(&self.runtime, ctx, self.listed.clone().get(at..end));
            out.extend_from_slice(&block.map_err(failed)?);
            at = end;
        }
        Ok(out.into())
    }
}

impl Listed {
    /// One request.
    async fn get(self: Arc<Listed>, range: Range<u64>) -> object_store::Result<Bytes> {
        let options = GetOptions {
            range: Some(GetRange::Bounded(range.clone())),
            if_match: self
                .e_tag
                .as_ref()
                .filter(|tag| !tag.starts_with("W/"))
                .map(|tag| format!("\"{tag}\"")),
            ..GetOptions::default()
        };
        let got = self.store.get_opts(&self.key, options).await?;
        // Some stores do not look at the condition.
        let tag = got.meta.e_tag.as_deref().map(|tag| tag.trim_matches('"'));
        let is_other = tag.zip(self.e_tag.as_deref()).is_some_and(|(now, then)| now != then);
        if is_other || got.meta.size != self.size_bytes || got.range != range {
            return Err(changed(&self.key));
        }
        let bytes = got.bytes().await?;
        if bytes.len() as u64 == range.end - range.start { Ok(bytes) } else { Err(changed(&self.key)) }
    }
}

impl Read for ObjectReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.block.is_empty() && !out.is_empty() {
            self.next_block()?;
        }
        let n = out.len().min(self.block.len());
        if let Some(out) = out.get_mut(..n) {
            self.block.copy_to_slice(out);
        }
        Ok(n)
    }
}

impl ObjectReader<'_> {
    /// Its size when it was listed. Bytes.
    pub(in super::super) fn size_bytes(&self) -> u64 {
        self.object.size_bytes()
    }

    /// Asks for blocks until enough are under way, and waits for none.
    pub(in super::super) fn ask(&mut self) {
        let RemoteObject { runtime, listed } = &self.object;
        while self.under_way.len() < BLOCKS_AHEAD && self.next < listed.size_bytes {
            let end = listed.size_bytes.min(self.next + BLOCK_BYTES);
            self.under_way.push_back(runtime.spawn(listed.clone().get(self.next..end)));
            self.next = end;
        }
    }

    /// Waits for the block that comes next; leaves none at the end of the object.
    fn next_block(&mut self) -> io::Result<()> {
        self.block = Bytes::new();
        self.ask();
        let Some(mut first) = self.under_way.pop_front() else { return Ok(()) };
        let done = until_stopped(&self.object.runtime, self.ctx, async { (&mut first).await? });
        // A request that was given up is still under way.
        first.abort();
        self.block = done.map_err(failed)?;
        Ok(())
    }
}

impl Drop for ObjectReader<'_> {
    fn drop(&mut self) {
        self.under_way.iter().for_each(JoinHandle::abort);
    }
}

fn changed(key: &Key) -> object_store::Error {
    object_store::Error::Precondition { path: key.to_string(), source: "the object is another one".into() }
}

/// A failed request as readers of files see it.
fn failed(error: Ended) -> io::Error {
    match error {
        Ended::Stopped(stop) => io::Error::other(stop),
        Ended::Failed(object_store::Error::Precondition { .. }) => {
            io::Error::other("the object has changed while it was read")
        }
        Ended::Failed(error) => io::Error::other(reason(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::{InTurn, InputFile};
    use super::super::RemoteConfig;
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn what_is_asked_for_ahead_takes_no_memory_that_the_job_may_need() {
        let keys = Keys { access: "a".to_owned(), secret: "s".to_owned() };
        // Nobody listens there: requests fail by themselves.
        let (endpoint, region) = ("http://127.0.0.1:9".to_owned(), "r".to_owned());
        let remote = Remote::new(RemoteConfig { endpoint, region, keys: Some(keys) }).unwrap();
        let dir = remote.dir("bucket/in/", None).unwrap();
        let file = |i: u32| {
            let location = Key::from(format!("in/{i}"));
            let (last_modified, e_tag, version) = Default::default();
            let meta = ObjectMeta { location, last_modified, size: 4 * MIB, e_tag, version };
            InputFile::remote(RemoteObject::of(&dir.bucket, meta), i.to_string())
        };
        let files: Vec<_> = (0..6).map(file).collect();
        // In a tight account none; else as many as the bound allows.
        for (budget, held) in [(6 * MIB, 4 * MIB), (40 * MIB, 4 * MIB), (1 << 30, 20 * MIB)] {
            let ctx = JobContext::detached(1, budget);
            let mut in_turn = InTurn::of(&ctx, &files);
            let first = in_turn.open_next().unwrap();
            assert!(first.1.is_ok() && ctx.checkpoint().is_ok(), "{budget}");
            assert_eq!(ctx.account().used(), held, "{budget}");
            drop((first, in_turn));
            assert_eq!(ctx.account().used(), 0);
        }
    }
}
