//! `gesso bench`: reproducible measurements. What each one does is in its file below `bench`.

use super::algo::parameter;
use super::{CommandError, Verdict};
use crate::bench::algo::Subject;
use crate::bench::{self, Report};
use crate::kronecker::Kronecker;
use crate::{machine, output};
use clap::Args;
use std::path::PathBuf;

/// What to measure.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Projections and algorithms, with one thread and with all
    Algo {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        repeats: Repeats,
        /// Only this algorithm; may be repeated
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,
        /// A parameter, for every algorithm that takes it or for one as ALGORITHM.NAME; may be repeated
        #[arg(long, value_name = "NAME=VALUE")]
        param: Vec<String>,
        /// Edges of the graph instead of generated ones: two vertex numbers of 32 bits, little-endian, for each
        #[arg(long, value_name = "FILE")]
        edges: Option<PathBuf>,
        /// Give edges whole weights from 1 to 255, which every algorithm that can uses
        #[arg(long)]
        weights: bool,
    },
    /// A durable import of generated CSV files, or of given ones
    Import {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        repeats: Repeats,
        /// Persons of the generated graph; about 46 edges each
        #[arg(long, default_value_t = 100_000)]
        persons: u32,
        /// Directory with person, message, knows, likes and has_creator as .csv, each with a header
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Shortest paths and neighbourhoods of random vertices, over HTTP
    Path {
        #[command(flatten)]
        common: Common,
        /// Searches of each kind
        #[arg(long, default_value_t = 500)]
        count: usize,
    },
    /// Vertex reads over HTTP, idle and beside an algorithm that uses every core
    Read {
        #[command(flatten)]
        common: Common,
        /// Connections that read at once
        #[arg(long, default_value_t = 8)]
        connections: usize,
        /// Reads of each connection
        #[arg(long, default_value_t = 2_000)]
        count: usize,
    },
    /// Durable inserts of 1,000 vertices or edges at once, over HTTP, with 1, 2 and 4 clients
    Batch {
        #[command(flatten)]
        common: Common,
        /// Batches of each client
        #[arg(long, default_value_t = 100)]
        count: usize,
    },
    /// Durable inserts over HTTP with 1, 16 and 64 clients, beside one fdatasync
    Write {
        #[command(flatten)]
        common: Common,
        /// Inserts of each client
        #[arg(long, default_value_t = 200)]
        count: usize,
    },
    /// Indices over HTTP: builds, queries through them, and vertex reads beside a build
    Index {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        repeats: Repeats,
        /// Connections that read at once
        #[arg(long, default_value_t = 8)]
        connections: usize,
        /// Reads of each connection
        #[arg(long, default_value_t = 2_000)]
        count: usize,
    },
    /// Pages of results, cancels beside busy threads, status and start with many ended jobs
    Jobs {
        #[command(flatten)]
        common: Common,
        /// Ended jobs
        #[arg(long, default_value_t = 50_000)]
        ended: usize,
    },
    /// What the machine can do: reading in order, and at random places
    Limits {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        repeats: Repeats,
    },
    /// Cancels at random moments: how long until every thread is idle
    Cancel {
        #[command(flatten)]
        common: Common,
        /// Cancels of each kind of job
        #[arg(long, default_value_t = 100)]
        count: usize,
        /// Only kinds whose name in the report contains this; may be given more than once
        #[arg(long = "only", value_name = "TEXT")]
        only: Vec<String>,
    },
}

/// Flags of every measurement.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// The generated graph has 2^SCALE vertices
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(4..=27))]
    scale: u32,
    /// Edges a vertex
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=64))]
    edge_factor: u32,
    /// Equal seeds measure equal things
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Threads of one job; all cores if missing
    #[arg(long)]
    threads: Option<usize>,
    /// Where the temporary data directory is made: the disk that is measured
    #[arg(long, value_name = "DIR")]
    temp: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Flags of measurements that repeat what they measure.
#[derive(Clone, Copy, Debug, Args)]
pub struct Repeats {
    /// How often each thing is measured
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    runs: u32,
}

impl Common {
    /// The same for the measurement.
    fn plan(&self) -> bench::Plan {
        bench::Plan {
            kronecker: Kronecker { scale: self.scale, edge_factor: self.edge_factor, seed: self.seed },
            threads: self.threads.unwrap_or_else(machine::cores).max(1),
            temp: self.temp.clone().unwrap_or_else(std::env::temp_dir),
        }
    }
}

/// Measures, and prints what it found.
pub fn run(action: Action) -> Result<Verdict, CommandError> {
    let (common, report) = match action {
        Action::Algo { common, repeats, only, param, edges, weights } => {
            let parameters = param.iter().map(|text| parameter(text)).collect::<Result<_, _>>()?;
            let subject = Subject { only, parameters, edges, has_weights: weights };
            let report = bench::algo::measure(&common.plan(), repeats.runs, &subject)?;
            (common, report)
        }
        Action::Import { common, repeats, persons, dir } => {
            let report = bench::import::measure(&common.plan(), repeats.runs, persons, dir.as_deref())?;
            (common, report)
        }
        Action::Path { common, count } => {
            let report = bench::path::measure(&common.plan(), count.max(1))?;
            (common, report)
        }
        Action::Read { common, connections, count } => {
            let report = bench::read::measure(&common.plan(), connections.max(1), count.max(1))?;
            (common, report)
        }
        Action::Batch { common, count } => {
            let report = bench::batch::measure(&common.plan(), count.max(1))?;
            (common, report)
        }
        Action::Write { common, count } => {
            let report = bench::write::measure(&common.plan(), count.max(1))?;
            (common, report)
        }
        Action::Index { common, repeats, connections, count } => {
            let plan = common.plan();
            let report = bench::indices::measure(&plan, connections.max(1), count.max(1), repeats.runs)?;
            (common, report)
        }
        Action::Jobs { common, ended } => {
            let report = bench::jobs::measure(&common.plan(), ended.max(1))?;
            (common, report)
        }
        Action::Limits { common, repeats } => {
            let report = bench::limits::measure(&common.plan(), repeats.runs)?;
            (common, report)
        }
        Action::Cancel { common, count, only } => {
            let report = bench::cancel::measure(&common.plan(), count.max(1), &only)?;
            (common, report)
        }
    };
    print(&report, &common)?;
    Ok(if report.problems.is_empty() { Verdict::Done } else { Verdict::Failed })
}

fn print(report: &Report, common: &Common) -> Result<(), CommandError> {
    if common.json {
        return Ok(output::json(&report.json(&common.plan()))?);
    }
    Ok(output::line(report.text(&common.plan()))?)
}
