//! Delimited text out: spec 10, section 7.2.

use super::lex::Mark;
use super::options::CsvOptions;

/// Writes fields and lines into memory; the caller takes the bytes when there are enough.
///
/// ```
/// use gesso_io::{CsvOptions, CsvWriter};
/// let mut w = CsvWriter::new(&CsvOptions::default());
/// w.field("ana");
/// w.unset();
/// w.field("");
/// w.end_line();
/// assert_eq!(w.as_bytes(), b"ana,,\"\"\n");
/// ```
#[derive(Debug)]
pub struct CsvWriter {
    out: Vec<u8>,
    delimiter: Mark,
    quote: Option<(char, Mark)>,
    delimiter_char: char,
    starts_line: bool,
}

impl CsvWriter {
    /// A writer of the given delimiter and quote. Without a quote, fields are written as they are, and
    /// those that hold delimiters or line breaks can not be read back.
    pub fn new(options: &CsvOptions) -> CsvWriter {
        CsvWriter {
            out: Vec::new(),
            delimiter: Mark::of(options.delimiter),
            quote: options.quote.map(|q| (q, Mark::of(q))),
            delimiter_char: options.delimiter,
            starts_line: true,
        }
    }

    /// Adds a field that has no value.
    pub fn unset(&mut self) {
        if !std::mem::take(&mut self.starts_line) {
            self.out.extend_from_slice(self.delimiter.as_bytes());
        }
    }

    /// Adds a field; the empty text is quoted, which tells it from no value.
    pub fn field(&mut self, text: &str) {
        self.unset();
        match self.quote {
            Some((c, mark)) if self.needs_quotes(text, c) => self.quoted(text, c, mark),
            _ => self.out.extend_from_slice(text.as_bytes()),
        }
    }

    /// Ends the line.
    pub fn end_line(&mut self) {
        self.out.push(b'\n');
        self.starts_line = true;
    }

    /// What has been written since it was last taken.
    pub fn as_bytes(&self) -> &[u8] {
        &self.out
    }

    /// What has been written, taken.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Takes what has been written, leaving the memory for what comes next.
    pub fn clear(&mut self) {
        self.out.clear();
    }

    fn needs_quotes(&self, text: &str, quote: char) -> bool {
        let special = |c: char| c == quote || c == self.delimiter_char || matches!(c, '\r' | '\n');
        // At the start of a file a byte-order mark would be taken for one.
        text.is_empty()
            || text.starts_with('\u{feff}')
            || text.contains(special)
            || text.starts_with(char::is_whitespace)
            || text.ends_with(char::is_whitespace)
    }

    fn quoted(&mut self, text: &str, quote: char, mark: Mark) {
        self.out.extend_from_slice(mark.as_bytes());
        for (i, part) in text.split(quote).enumerate() {
            if i > 0 {
                self.out.extend_from_slice(mark.as_bytes());
                self.out.extend_from_slice(mark.as_bytes());
            }
            self.out.extend_from_slice(part.as_bytes());
        }
        self.out.extend_from_slice(mark.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut writer = CsvWriter::new(&CsvOptions::default());
        writer.field(text);
        assert_eq!(writer.as_bytes(), expected.as_bytes());
    }

    #[test]
    fn fields_are_quoted_where_reading_would_change_them() {
        for (text, expected) in [
            ("a b", "a b"),
            ("", "\"\""),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("\"", "\"\"\"\""),
            (" a", "\" a\""),
            ("a ", "\"a \""),
            ("a\rb", "\"a\rb\""),
            ("a\nb", "\"a\nb\""),
            ("字", "字"),
        ] {
            check(text, expected);
        }
    }
}
