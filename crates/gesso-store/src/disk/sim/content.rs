//! The bytes of a simulated file: what is durable, and what is on its way there.

use gesso_core::rng::Rng;

/// The unit that is written all or none.
pub const SECTOR: usize = 512;

#[derive(Clone, Debug, Default)]
pub struct SimFile {
    pub now: Vec<u8>,
    pub durable: Vec<u8>,
    pub pending: Vec<Change>,
}

#[derive(Clone, Debug)]
pub enum Change {
    Write(u64, Vec<u8>),
    Size(u64),
}

impl SimFile {
    pub fn push(&mut self, change: Change) {
        apply(&mut self.now, &change);
        self.pending.push(change);
    }

    pub fn sync(&mut self) {
        for change in self.pending.drain(..) {
            apply(&mut self.durable, &change);
        }
    }

    /// What a crash leaves.
    pub fn settle(&mut self, rng: &mut Rng) {
        self.decide(rng);
        self.now = self.durable.clone();
    }

    /// Decides which pending changes are durable: none, all, those up to a point, or for each sector those
    /// up to a point of its own. Within a sector nothing overtakes: it goes to the disk as it stands in memory
    /// at some moment.
    pub fn decide(&mut self, rng: &mut Rng) {
        let pending = std::mem::take(&mut self.pending);
        let count = pending.len() as u64;
        let upto = |rng: &mut Rng| rng.below(count + 1) as usize;
        match rng.below(4) {
            0 => {}
            1 => pending.iter().for_each(|change| apply(&mut self.durable, change)),
            2 => pending.iter().take(upto(rng)).for_each(|change| apply(&mut self.durable, change)),
            _ => self.durable = by_sector(&self.durable, &pending, || upto(rng)),
        }
    }
}

/// The bytes of a file where each sector has seen the changes before a point of its own, and so has its size.
fn by_sector(durable: &[u8], pending: &[Change], mut upto: impl FnMut() -> usize) -> Vec<u8> {
    let mut size = durable.len();
    for change in pending.iter().take(upto()) {
        size = match change {
            Change::Size(size) => *size as usize,
            Change::Write(at, bytes) => size.max(*at as usize + bytes.len()),
        };
    }
    let mut content = durable.to_vec();
    content.resize(size, 0);
    for (number, sector) in content.chunks_mut(SECTOR).enumerate() {
        let start = number * SECTOR;
        for change in pending.iter().take(upto()) {
            let (from, bytes) = match change {
                Change::Write(at, bytes) => (*at as usize, &bytes[..]),
                Change::Size(size) => {
                    let cut = (*size as usize).saturating_sub(start).min(sector.len());
                    sector.iter_mut().skip(cut).for_each(|b| *b = 0);
                    continue;
                }
            };
            let skipped = start.saturating_sub(from).min(bytes.len());
            let gap = from.saturating_sub(start);
            for (to, b) in sector.iter_mut().skip(gap).zip(bytes.iter().skip(skipped)) {
                *to = *b;
            }
        }
    }
    content
}

fn apply(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Size(size) => content.resize(*size as usize, 0),
        Change::Write(at, bytes) => {
            let (start, end) = (*at as usize, *at as usize + bytes.len());
            if content.len() < end {
                content.resize(end, 0);
            }
            if let Some(part) = content.get_mut(start..end) {
                part.copy_from_slice(bytes);
            }
        }
    }
}
