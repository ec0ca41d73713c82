//! What is read between two waves of parsing: a few blocks for each thread, from as many files as it takes.

use super::blocks::{Block, BlockReader, Sizes};
use super::options::CsvOptions;
use super::read::ReadError;
use super::report::LabelColumn;
use super::rows::Layout;
use gesso_core::JobContext;
use gesso_store::objects::{Format, InTurn, InputFile, InputReader};
use std::io;

/// Blocks of a wave for each thread: two even out lines that cost more than others.
const BLOCKS_PER_THREAD: usize = 2;

/// A part of the input: the beginning of a file, or one of its blocks.
pub(super) struct Item<'a> {
    pub layout: Layout<'a>,
    /// Set where a file begins.
    pub begins: Option<(&'a InputFile, LabelColumn)>,
    pub block: Option<Block>,
}

/// Reads files wave by wave.
pub(super) struct Waves<'a> {
    pub ctx: &'a JobContext,
    files: InTurn<'a>,
    layout: Layout<'a>,
    options: &'a CsvOptions,
    sizes: Sizes,
    open: Option<(BlockReader<'a>, Layout<'a>)>,
}

impl<'a> Waves<'a> {
    /// Waves of files whose lines are laid out so.
    pub fn of(
        ctx: &'a JobContext,
        files: &'a [InputFile],
        layout: Layout<'a>,
        options: &'a CsvOptions,
        sizes: Sizes,
    ) -> Waves<'a> {
        Waves { ctx, files: InTurn::of(ctx, files), layout, options, sizes, open: None }
    }

    /// The next few blocks, from as many files as it takes; none at the end of the last one.
    pub fn next(&mut self) -> Result<Vec<Item<'a>>, ReadError> {
        let most = self.ctx.threads() * BLOCKS_PER_THREAD;
        let mut wave = Vec::with_capacity(most);
        while wave.len() < most {
            let Some((reader, layout)) = &mut self.open else {
                let Some(next) = self.files.open_next() else { break };
                wave.push(self.begin(next)?);
                continue;
            };
            match reader.next()? {
                None => self.open = None,
                Some(block) => {
                    self.ctx.advance(reader.take_read_bytes());
                    wave.push(Item { layout: *layout, begins: None, block: Some(block) });
                }
            }
        }
        Ok(wave)
    }

    /// Begins a file and looks at its first line.
    fn begin(&mut self, next: (&'a InputFile, io::Result<InputReader<'a>>)) -> Result<Item<'a>, ReadError> {
        let file = next.0;
        let mut reader = BlockReader::of(self.ctx, next, self.layout.dialect, self.sizes)?;
        let block = reader.next()?;
        let mut layout = self.layout;
        let mut column = LabelColumn::Present;
        if self.options.has_label == Some(false) {
            column = LabelColumn::Absent;
        } else if self.options.format == Format::Text
            && self.options.has_label.is_none()
            && self.options.named_default_label().is_some()
            && block.as_ref().is_some_and(|b| lacks_label(&layout, b.bytes()))
        {
            (column, layout.has_label) = (LabelColumn::FoundAbsent, false);
        }
        self.ctx.advance(reader.take_read_bytes());
        self.open = Some((reader, layout));
        Ok(Item { layout, begins: Some((file, column)), block })
    }
}

/// True if the label field of the first line is not empty and names no label.
fn lacks_label(layout: &Layout<'_>, block: &[u8]) -> bool {
    let (mut at, mut fields) = (0, Vec::new());
    while at < block.len() {
        let line = layout.dialect.next_line(block, at, &mut fields);
        if line.end > at {
            let text = block.get(at..line.end).and_then(|b| std::str::from_utf8(b).ok());
            let field =
                fields.get(layout.dataset.id_columns()).filter(|f| f.start < f.end && line.fault.is_none());
            let (Some(text), Some(field)) = (text, field) else { return false };
            let mut scratch = String::new();
            return layout.schema.get(field.text(text, at, layout.dialect.quote, &mut scratch)).is_none();
        }
        at = line.next;
    }
    false
}
