//! What commands print: tables, sizes and times for people.

use std::fmt::Write as _;
use std::io::{self, Write as _};

/// Prints a line to standard output. A reader that has gone is an error here, not a panic.
pub fn line(text: impl AsRef<str>) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{}", text.as_ref())
}

/// Prints a JSON document, indented.
pub fn json(value: &serde_json::Value) -> io::Result<()> {
    line(format!("{value:#}"))
}

/// Rows under headings; columns as wide as their widest cell, numbers to the right.
#[derive(Clone, Debug)]
pub struct Table {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new(headings: &[&str]) -> Table {
        Table { headings: headings.iter().map(|h| (*h).to_owned()).collect(), rows: Vec::new() }
    }

    /// Appends a row.
    pub fn push(&mut self, row: impl IntoIterator<Item = String>) {
        self.rows.push(row.into_iter().collect());
    }

    /// Prints it.
    pub fn print(&self) -> io::Result<()> {
        line(self.text().trim_end_matches('\n'))
    }

    /// The lines.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let right: Vec<bool> = (0..self.headings.len()).map(|c| self.is_numeric(c)).collect();
        let widths: Vec<usize> = (0..self.headings.len()).map(|c| self.width(c)).collect();
        for row in std::iter::once(&self.headings).chain(&self.rows) {
            let mut text = String::new();
            for ((cell, width), right) in row.iter().zip(&widths).zip(&right) {
                // Writing to a string does not fail.
                _ = if *right { write!(text, "  {cell:>width$}") } else { write!(text, "  {cell:<width$}") };
            }
            out.push_str(text.trim_end());
            out.push('\n');
        }
        out
    }

    fn column(&self, c: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(move |row| row.get(c)).map(String::as_str)
    }

    fn is_numeric(&self, c: usize) -> bool {
        let number = |cell: &str| cell.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        self.rows.iter().any(|row| row.len() > c) && self.column(c).all(number)
    }

    fn width(&self, c: usize) -> usize {
        let cells = self.column(c).map(|cell| cell.chars().count());
        cells.max().unwrap_or(0).max(self.headings[c].chars().count())
    }
}

/// Bytes with a unit.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in UNITS {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{value:.1} {unit}") }
}

/// A whole number in groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_line_up() {
        let mut table = Table::new(&["name", "n"]);
        table.push(["a".to_owned(), "7".to_owned()]);
        table.push(["long".to_owned(), "12".to_owned()]);
        assert_eq!(table.text(), "  name   n\n  a      7\n  long  12\n");
    }

    #[test]
    fn numbers_for_people() {
        assert_eq!(
            (size(512), size(1536), size(3 << 30)),
            ("512 B".into(), "1.5 KiB".into(), "3.0 GiB".into())
        );
        assert_eq!((grouped(999), grouped(1_234_567)), ("999".to_owned(), "1 234 567".to_owned()));
    }
}
