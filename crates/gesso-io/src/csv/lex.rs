//! Lines and fields: the lexical rules of spec 10, section 3.
//!
//! A quote opens a field only as its very first character, so a quote elsewhere says nothing about where
//! lines end: parity of quotes would be wrong. [`Dialect::next_line`] and the scan in `blocks` therefore
//! share one rule: outside quotes, a quote opens a field if the line or a delimiter ends right before it.

use super::options::CsvOptions;
use memchr::{memchr, memchr2};
use std::borrow::Cow;

/// Delimiter and quote as bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    pub delimiter: Mark,
    pub quote: Option<Mark>,
}

/// One character as UTF-8.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    bytes: [u8; 4],
    len: u8,
}

/// Where a field's text lies in the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub start: usize,
    pub end: usize,
    pub form: Form,
}

/// How a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    Quoted,
    /// Quoted, and with doubled quotes inside.
    Doubled,
}

/// A line, its fields left in the caller's buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    /// Where the text of the line ends, without its line end.
    pub end: usize,
    /// Where the next line starts.
    pub next: usize,
    pub fault: Option<QuoteFault>,
}

/// What is wrong with a line's quotes. Columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuoteFault {
    /// Text between a closing quote and the end of the field.
    TextAfter { column: u32 },
    /// Opened at byte `at` and never closed.
    Open { column: u32, at: usize },
}

impl Dialect {
    pub fn of(options: &CsvOptions) -> Dialect {
        Dialect { delimiter: Mark::of(options.delimiter), quote: options.quote.map(Mark::of) }
    }

    /// Cuts the line at `start` into fields. `start` lies before the end of the block.
    pub fn next_line(&self, block: &[u8], start: usize, fields: &mut Vec<Field>) -> Line {
        fields.clear();
        let mut fault = None;
        let mut at = start;
        loop {
            let (field, rest) = match self.quoted(block, at) {
                Quoted::No => (None, at),
                Quoted::Closed { field, next } => (Some(field), next),
                Quoted::Open => {
                    let column = fields.len() as u32 + 1;
                    let fault = fault.or(Some(QuoteFault::Open { column, at }));
                    return Line { end: block.len(), next: block.len(), fault };
                }
            };
            let (end, stop) = self.plain_end(block, rest);
            let end = if stop == FieldStop::Line { without_cr(block, rest, end) } else { end };
            if field.is_some() && end > rest {
                fault = fault.or(Some(QuoteFault::TextAfter { column: fields.len() as u32 + 1 }));
            }
            fields.push(field.unwrap_or(Field { start: at, end, form: Form::Plain }));
            match stop {
                FieldStop::Delimiter(next) => at = next,
                FieldStop::Line => return Line { end, next: line_end(block, end), fault },
                FieldStop::Block => return Line { end, next: block.len(), fault },
            }
        }
    }

    fn quoted(&self, block: &[u8], at: usize) -> Quoted {
        let Some(quote) = self.quote.filter(|q| q.is_at(block, at)) else { return Quoted::No };
        let start = at + quote.len();
        let (mut from, mut form) = (start, Form::Quoted);
        while let Some(close) = quote.find(block, from) {
            let next = close + quote.len();
            if !quote.is_at(block, next) {
                return Quoted::Closed { field: Field { start, end: close, form }, next };
            }
            form = Form::Doubled;
            from = next + quote.len();
        }
        Quoted::Open
    }

    /// Where unquoted text ends, and what ends it.
    #[inline]
    fn plain_end(&self, block: &[u8], from: usize) -> (usize, FieldStop) {
        let mut from = from;
        loop {
            let rest = block.get(from..).unwrap_or_default();
            let Some(i) = memchr2(self.delimiter.first(), b'\n', rest) else {
                return (block.len(), FieldStop::Block);
            };
            let at = from + i;
            if rest.get(i) == Some(&b'\n') {
                return (at, FieldStop::Line);
            }
            if self.delimiter.is_at(block, at) {
                return (at, FieldStop::Delimiter(at + self.delimiter.len()));
            }
            from = at + 1;
        }
    }
}

enum Quoted {
    No,
    Closed { field: Field, next: usize },
    Open,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FieldStop {
    /// A delimiter; the next field starts here.
    Delimiter(usize),
    Line,
    Block,
}

impl Mark {
    pub fn of(c: char) -> Mark {
        let mut bytes = [0; 4];
        let len = c.encode_utf8(&mut bytes).len() as u8;
        Mark { bytes, len }
    }

    #[inline]
    pub fn len(self) -> usize {
        usize::from(self.len)
    }

    #[inline]
    pub fn first(self) -> u8 {
        self.bytes[0]
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len()).unwrap_or_default()
    }

    /// True if the mark begins at `at`.
    #[inline]
    pub fn is_at(self, block: &[u8], at: usize) -> bool {
        if self.len == 1 {
            return block.get(at) == Some(&self.first());
        }
        block.get(at..).is_some_and(|rest| rest.starts_with(self.as_bytes()))
    }

    /// True if the mark ends right before `at`.
    pub fn ends_at(self, block: &[u8], at: usize) -> bool {
        block.get(..at).is_some_and(|head| head.ends_with(self.as_bytes()))
    }

    /// The first mark at or after `from`.
    pub fn find(self, block: &[u8], from: usize) -> Option<usize> {
        let mut from = from;
        loop {
            let at = from + memchr(self.first(), block.get(from..)?)?;
            if self.is_at(block, at) {
                return Some(at);
            }
            from = at + 1;
        }
    }
}

impl Field {
    /// True for a field that means "no value": nothing, not even quotes.
    #[inline]
    pub fn is_unset(&self) -> bool {
        self.start == self.end && self.form == Form::Plain
    }

    /// The field's text; `line` is the text of the line that starts at byte `base` of the block.
    #[inline]
    pub fn text<'a>(
        &self,
        line: &'a str,
        base: usize,
        quote: Option<Mark>,
        scratch: &'a mut String,
    ) -> &'a str {
        let raw = line.get(self.start - base..self.end - base).unwrap_or_default();
        if self.form != Form::Doubled {
            return raw;
        }
        undouble(raw, quote, scratch);
        scratch
    }

    /// The field's text as bytes, for messages about lines that may not be UTF-8.
    pub fn shown<'a>(&self, block: &'a [u8]) -> Cow<'a, str> {
        String::from_utf8_lossy(block.get(self.start..self.end).unwrap_or_default())
    }
}

fn undouble(raw: &str, quote: Option<Mark>, out: &mut String) {
    out.clear();
    let mark = quote.unwrap_or(Mark { bytes: [0; 4], len: 1 });
    let mut from = 0;
    while let Some(at) = mark.find(raw.as_bytes(), from) {
        // The first quote of a pair is kept, the second one skipped.
        out.push_str(raw.get(from..at + mark.len()).unwrap_or_default());
        from = at + 2 * mark.len();
    }
    out.push_str(raw.get(from..).unwrap_or_default());
}

/// The end of a line's text that runs from `start` to the line feed at `end`.
fn without_cr(block: &[u8], start: usize, end: usize) -> usize {
    if end > start && block.get(end - 1) == Some(&b'\r') { end - 1 } else { end }
}

/// Where the line after the one whose text ends at `end` starts.
fn line_end(block: &[u8], end: usize) -> usize {
    if block.get(end) == Some(&b'\r') { end + 2 } else { end + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every line as its fields, `-` for unset, with `!` and the column in front of faulty ones.
    fn cut(text: &str, options: &CsvOptions) -> Vec<String> {
        let dialect = Dialect::of(options);
        let (mut at, mut fields, mut lines) = (0, Vec::new(), Vec::new());
        while at < text.len() {
            let line = dialect.next_line(text.as_bytes(), at, &mut fields);
            let mut scratch = String::new();
            let shown: Vec<String> = fields
                .iter()
                .map(|f| {
                    if f.is_unset() { "-" } else { f.text(text, 0, dialect.quote, &mut scratch) }.to_owned()
                })
                .collect();
            let fault = match line.fault {
                None => String::new(),
                Some(QuoteFault::TextAfter { column }) => format!("!after {column} "),
                Some(QuoteFault::Open { column, at }) => format!("!open {column} at {at} "),
            };
            lines.push(fault + &shown.join("|"));
            at = line.next;
        }
        lines
    }

    #[test]
    fn df10_15_quotes_enclose_delimiters_and_doubled_quotes() {
        let options = CsvOptions::default();
        assert_eq!(cut("1,\"a,b\",x\n", &options), ["1|a,b|x"]);
        assert_eq!(cut("\"he said \"\"hi\"\"\"", &options), ["he said \"hi\""]);
        assert_eq!(cut("\"\"\"\",\"\",", &options), ["\"||-"]);
        assert_eq!(cut("a\"b\",c", &options), ["a\"b\"|c"]);
    }

    #[test]
    fn df10_14_lf_and_crlf_end_a_line_and_other_cr_do_not() {
        let options = CsvOptions::default();
        assert_eq!(cut("a,b\r\n\"c\"\r\n\r\nd\re\n", &options), ["a|b", "c", "-", "d\re"]);
        assert_eq!(cut("\"a\r\nb\",\r\n", &options), ["a\r\nb|-"]);
    }

    #[test]
    fn df10_18_text_after_a_closing_quote_is_a_fault() {
        let options = CsvOptions::default();
        assert_eq!(cut("a,\"x\"y,\"b\nc\"\nd", &options), ["!after 2 a|x|b\nc", "d"]);
        assert_eq!(cut("\"x\" \n", &options), ["!after 1 x"]);
    }

    #[test]
    fn df10_19_an_open_quote_takes_the_rest() {
        assert_eq!(cut("a,\"x\nb", &CsvOptions::default()), ["!open 2 at 2 a"]);
    }

    #[test]
    fn df10_17_other_marks_and_none() {
        let options = CsvOptions::parse(Some("|"), Some("'")).unwrap();
        assert_eq!(cut("a,b|'c|''d'\n", &options), ["a,b|c|'d"]);
        let options = CsvOptions::parse(Some("，"), Some("“")).unwrap();
        assert_eq!(cut("a，“b，““c“，—\n", &options), ["a|b，“c|—"]);
        let options = CsvOptions::parse(None, Some("")).unwrap();
        assert_eq!(cut("\"a,b\"", &options), ["\"a|b\""]);
    }
}
