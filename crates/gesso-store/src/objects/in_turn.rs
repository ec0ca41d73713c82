//! Files that are read one after another. Of the remote store, those that come next are asked for while one is read:
//! a small object costs little but the wait for its answer.

use super::input::{InputFile, InputReader};
use super::remote::ObjectReader;
use gesso_core::JobContext;
use std::collections::VecDeque;
use std::io;
use std::slice;

/// Objects asked for beside the one that is read.
const FILES_AHEAD: usize = 8;
/// What they may hold together. Bytes.
const BYTES_AHEAD: u64 = 16 << 20;
/// And which part of the memory that is free for jobs: none may fail for what is only quicker.
const FREE_SHARE: u64 = 16;

/// Opens files in the order of a list.
pub struct InTurn<'a> {
    ctx: &'a JobContext,
    files: slice::Iter<'a, InputFile>,
    /// Readers of the first of `files`, all of the remote store.
    begun: VecDeque<ObjectReader<'a>>,
}

impl<'a> InTurn<'a> {
    /// All of these files.
    pub fn of(ctx: &'a JobContext, files: &'a [InputFile]) -> InTurn<'a> {
        InTurn { ctx, files: files.iter(), begun: VecDeque::new() }
    }

    /// The next file, and what reads it from its start, as [`InputFile::open`] would.
    pub fn open_next(&mut self) -> Option<(&'a InputFile, io::Result<InputReader<'a>>)> {
        let file = self.files.next()?;
        let mut reader = match self.begun.pop_front() {
            Some(begun) => Ok(InputReader::Remote(Box::new(begun))),
            None => file.open(self.ctx),
        };
        if let Ok(InputReader::Remote(own)) = &mut reader {
            // Its requests come before those of the files after it.
            own.ask();
            self.ask_ahead();
        }
        Some((file, reader))
    }

    fn ask_ahead(&mut self) {
        let budget = self.ctx.account().budget();
        let most = BYTES_AHEAD.min(budget.limit().saturating_sub(budget.used()) / FREE_SHARE);
        let mut held: u64 = self.begun.iter().map(ObjectReader::size_bytes).sum();
        for file in self.files.as_slice().iter().skip(self.begun.len()) {
            held += file.size_bytes();
            let Some(object) = file.remote_object().filter(|_| held <= most) else { break };
            if self.begun.len() >= FILES_AHEAD {
                break;
            }
            // Memory that is not there now may be there when its turn comes; if not, the error is told then.
            let Some(mut reader) = object.open_ahead(self.ctx) else { break };
            reader.ask();
            self.begun.push_back(reader);
        }
    }
}
