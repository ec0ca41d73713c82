//! What a request asks for.

use super::interval::Range;
use crate::args::{Args, Mode};
use crate::error::AlgoError;
use crate::info::{Bounds, Demand, Family, Info, Kind, Literal, Param};
use crate::registry::canonical;
use crate::shared::{self, NUM_THREAD, SET_MAX, SOURCE};
use crate::window::instant;
use gesso_core::json;
use serde_json::{Map, Value};

/// An analysis with its parameters.
#[derive(Clone, Debug, PartialEq)]
pub enum Analysis {
    /// Earliest arrivals from one vertex.
    Bfs {
        /// Id of the vertex.
        source: String,
        /// Most hops.
        k: u32,
        /// Whether edges are walked from source to target only.
        directed: bool,
    },
    /// One path to each of some vertices.
    Paths {
        /// Id of the first vertex.
        source: String,
        /// Ids of the last ones.
        targets: Vec<String>,
        /// Most hops.
        k: u32,
        /// Whether edges are walked from source to target only.
        directed: bool,
        /// Earliest arrival before fewest hops; otherwise the other way round.
        foremost: bool,
    },
    /// What there is of a group of vertices in the time.
    Graph {
        /// Ids of the group.
        group: Vec<String>,
        /// Whether vertices come and go, too.
        temporal_vertex: bool,
    },
}

const K: Param = Param::new("k", Kind::Int(Bounds::closed(1, 100)), "Most hops.").or(Literal::Int(3));
const BOTH_WAYS: Param = shared::DIRECTED.or(Literal::Bool(false));
const TARGETS: Param =
    Param::new("targets", Kind::Vertices { most: SET_MAX, may_repeat: false }, "Vertices to reach.")
        .required();
const STRATEGY: Param = Param::new(
    "strategy",
    Kind::Choice(&["shortest", "foremost", "fastest"]),
    "Fewest hops, or earliest arrival.",
)
.or(Literal::Text("shortest"));
const GROUP: Param = Param::new("source", Kind::Vertices { most: SET_MAX, may_repeat: false }, "The group.")
    .alias(&["sources"])
    .required();
const TEMPORAL_VERTEX: Param =
    Param::new("temporal_vertex", Kind::Bool, "Whether vertices come and go, too.").or(Literal::Bool(false));

const fn info(name: &'static str, summary: &'static str, params: &'static [Param]) -> Info {
    let (aliases, outputs, family, demand) = (&[], &[], Family::Path, Demand::Any);
    Info { name, aliases, family, demand, summary, params, outputs, source: "" }
}

const BFS: Info =
    info("temporal_bfs", "Earliest arrivals from a vertex.", &[SOURCE, K, shared::DIRECTED, NUM_THREAD]);
const PATHS: Info = info(
    "temporal_paths",
    "Paths along which time does not decrease.",
    &[SOURCE, TARGETS, BOTH_WAYS, K, STRATEGY, NUM_THREAD],
);
const GRAPH: Info =
    info("temporal_graph", "A group of vertices in a time.", &[GROUP, TEMPORAL_VERTEX, NUM_THREAD]);

/// Reads an analysis by the name that a request gives it. Gives also the name that it has.
pub fn parse(name: &str, given: &Map<String, Value>) -> Result<(&'static str, Analysis), AlgoError> {
    let name = canonical(name);
    let info =
        [BFS, PATHS, GRAPH].into_iter().find(|info| info.name == name).ok_or(AlgoError::NotSupported)?;
    let args = Args::read(&info, given, Mode::Job)?;
    let analysis = match info.name {
        "temporal_bfs" => Analysis::Bfs {
            source: args.text(&SOURCE),
            k: args.int(&K) as u32,
            directed: args.flag(&shared::DIRECTED),
        },
        "temporal_paths" => Analysis::Paths {
            source: args.text(&SOURCE),
            targets: args.texts(&TARGETS).unwrap_or_default(),
            k: args.int(&K) as u32,
            directed: args.flag(&BOTH_WAYS),
            foremost: match args.text(&STRATEGY).as_str() {
                "shortest" => false,
                "foremost" => true,
                other => return Err(AlgoError::Strategy { name: other.to_owned() }),
            },
        },
        _ => Analysis::Graph {
            group: args.texts(&GROUP).unwrap_or_default(),
            temporal_vertex: args.flag(&TEMPORAL_VERTEX),
        },
    };
    Ok((info.name, analysis))
}

impl Range {
    /// Reads `dynamicRange`.
    pub fn parse(given: &Map<String, Value>) -> Result<Range, AlgoError> {
        let bound = |name: &'static str, key: &str| {
            let read = instant(name, given.get(key))?;
            read.ok_or(AlgoError::Required { name })
        };
        let (start, end) = (bound("dynamicRange.start", "start")?, bound("dynamicRange.end", "end")?);
        if start > end {
            return Err(AlgoError::RangeReversed);
        }
        let name = "dynamicRange.time_props";
        let parsed: Value;
        let names = match given.get("time_props") {
            None | Some(Value::Null) => return Err(AlgoError::Required { name }),
            Some(Value::String(text)) => {
                parsed = json::received(text.as_bytes()).unwrap_or_default();
                &parsed
            }
            Some(other) => other,
        };
        let expected = "an object with stime and etime".to_owned();
        let names = names.as_object().ok_or(AlgoError::Invalid { name, expected })?;
        Ok(Range {
            start,
            end,
            start_property: property("dynamicRange.time_props.stime", names.get("stime"))?,
            end_property: property("dynamicRange.time_props.etime", names.get("etime"))?,
        })
    }
}

fn property(name: &'static str, given: Option<&Value>) -> Result<String, AlgoError> {
    match given {
        None | Some(Value::Null) => Err(AlgoError::Required { name }),
        Some(Value::String(text)) if !text.is_empty() => Ok(text.clone()),
        Some(_) => Err(AlgoError::Invalid { name, expected: "the name of a property".into() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::INSTANT;
    use serde_json::json;

    fn range(given: Value) -> Result<(i64, i64, String, String), String> {
        let range = Range::parse(given.as_object().unwrap()).map_err(|e| e.to_string())?;
        Ok((range.start, range.end, range.start_property, range.end_property))
    }

    #[test]
    fn f07_48_ranges() {
        let props = json!({"stime": "s", "etime": "e"});
        let read = Ok((100, 600, "s".to_owned(), "e".to_owned()));
        assert_eq!(range(json!({"start": 100, "end": "600", "time_props": props})), read);
        assert_eq!(
            range(json!({"start": "1970-01-01 00:01:40", "end": 600, "time_props": props.to_string()})),
            read
        );
        for (given, part) in [
            (json!({"start": 2, "end": 1, "time_props": props}), "must not be later"),
            (json!({"start": 1, "end": 2}), "[dynamicRange.time_props] is required"),
            (json!({"end": 2, "time_props": props}), "[dynamicRange.start] is required"),
            (json!({"start": "soon", "end": 2, "time_props": props}), INSTANT),
            (json!({"start": 1, "end": 2, "time_props": {"stime": "s"}}), "etime] is required"),
            (json!({"start": 1, "end": 2, "time_props": [1]}), "an object with stime"),
        ] {
            let refused = range(given).unwrap_err();
            assert!(refused.contains(part), "{refused}");
        }
    }

    #[test]
    fn f07_50_52_names_and_strategies() {
        let parse = |name: &str, given: Value| parse(name, given.as_object().unwrap());
        let bfs = Analysis::Bfs { source: "a".into(), k: 3, directed: true };
        assert_eq!(parse("Temporal-BFS", json!({"source": "a"})), Ok(("temporal_bfs", bfs)));
        assert_eq!(parse("pagerank", json!({})), Err(AlgoError::NotSupported));
        let fastest = parse("temporal_paths", json!({"source": "a", "targets": "b", "strategy": "fastest"}));
        assert_eq!(fastest.unwrap_err().to_string(), "strategy [fastest] is not supported");
        let group = parse("temporal_graph", json!({"sources": "a,\"b,c\""}));
        let expected = Analysis::Graph { group: vec!["a".into(), "b,c".into()], temporal_vertex: false };
        assert_eq!(group, Ok(("temporal_graph", expected)));
    }
}
