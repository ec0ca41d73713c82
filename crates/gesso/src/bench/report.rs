//! What a measurement found, for people and for programs.

use super::Plan;
use crate::machine;
use crate::output::{Table, grouped, size};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// One value of a row.
#[derive(Clone, Debug)]
pub enum Cell {
    /// A name.
    Text(String),
    /// A number of things.
    Count(u64),
    /// Bytes.
    Bytes(u64),
    /// Milliseconds, ratios, bytes a thing.
    Real(f64),
}

/// Rows under names, and the facts that go with them.
#[derive(Clone, Debug)]
pub struct Report {
    name: &'static str,
    columns: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
    facts: Vec<(&'static str, Cell)>,
    /// What should not be; a measurement with problems has failed.
    pub problems: Vec<String>,
}

impl Report {
    /// A report without rows.
    pub fn new(name: &'static str, columns: &[&'static str]) -> Report {
        Report { name, columns: columns.to_vec(), rows: Vec::new(), facts: Vec::new(), problems: Vec::new() }
    }

    /// Adds a row, a cell for each column.
    pub fn push<const N: usize>(&mut self, row: [Cell; N]) {
        debug_assert_eq!(N, self.columns.len());
        self.rows.push(row.into());
    }

    /// Adds a fact.
    pub fn fact(&mut self, name: &'static str, value: Cell) {
        self.facts.push((name, value));
    }

    /// The whole report as JSON.
    pub fn json(&self, plan: &Plan) -> Value {
        let row = |row: &Vec<Cell>| -> Value {
            let cells = self.columns.iter().zip(row);
            cells.map(|(name, cell)| ((*name).to_owned(), cell.json())).collect::<Map<_, _>>().into()
        };
        let facts: Map<_, _> = self.facts.iter().map(|(n, cell)| ((*n).to_owned(), cell.json())).collect();
        json!({
            "bench": self.name,
            "version": env!("CARGO_PKG_VERSION"),
            "machine": machine::facts(),
            "plan": {
                "scale": plan.kronecker.scale, "edgeFactor": plan.kronecker.edge_factor,
                "seed": plan.kronecker.seed, "threads": plan.threads,
            },
            "facts": facts,
            "rows": self.rows.iter().map(row).collect::<Vec<_>>(),
            "problems": self.problems,
        })
    }

    /// The whole report for people.
    pub fn text(&self, plan: &Plan) -> String {
        let machine = machine::facts();
        let mut out = format!(
            "{} on {} ({} cores, {}, Linux {}); seed {}, {} threads\n",
            self.name,
            machine["cpu"].as_str().unwrap_or_default(),
            machine["cores"],
            size(machine::memory_bytes()),
            machine["kernel"].as_str().unwrap_or_default(),
            plan.kronecker.seed,
            plan.threads,
        );
        for (name, cell) in &self.facts {
            // Writing to a string does not fail.
            _ = writeln!(out, "  {name}: {}", cell.text());
        }
        let mut table = Table::new(&self.columns);
        for row in &self.rows {
            table.push(row.iter().map(Cell::text));
        }
        out.push_str(&table.text());
        for problem in &self.problems {
            _ = writeln!(out, "PROBLEM: {problem}");
        }
        out.trim_end().to_owned()
    }
}

impl Cell {
    /// A name.
    pub fn name(text: impl Into<String>) -> Cell {
        Cell::Text(text.into())
    }

    fn json(&self) -> Value {
        match self {
            Cell::Text(text) => text.as_str().into(),
            Cell::Count(count) | Cell::Bytes(count) => (*count).into(),
            Cell::Real(value) => (*value).into(),
        }
    }

    fn text(&self) -> String {
        match self {
            Cell::Text(text) => text.clone(),
            Cell::Count(count) => grouped(*count),
            Cell::Bytes(bytes) => size(*bytes),
            Cell::Real(value) => format!("{value:.3}"),
        }
    }
}
