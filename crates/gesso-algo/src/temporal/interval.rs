//! When an element holds.

use crate::error::AlgoError;
use gesso_core::{DataType, LabelId, PropId, Stop, Tick, Value, VertexIx};
use gesso_graph::{EdgeRef, End, Label, Snapshot};

/// The time that is looked at, and the properties that say when an element holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// Its first second.
    pub start: i64,
    /// Its last second.
    pub end: i64,
    /// Where an element's first second is kept.
    pub start_property: String,
    /// Where its last second is kept.
    pub end_property: String,
}

/// A range against the schema of a snapshot.
#[derive(Clone, Debug)]
pub struct Times {
    pub(super) start: i64,
    end: i64,
    /// For each label number the properties, if the label declares the first.
    of_label: Vec<Option<(PropId, Option<PropId>)>>,
}

/// First and last second, within the range.
pub(super) type Interval = (i64, i64);

impl Times {
    /// Finds the properties. Each must be declared somewhere, and of type date, int or long everywhere.
    pub fn of(range: &Range, snapshot: &Snapshot) -> Result<Times, AlgoError> {
        let schema = snapshot.schema();
        for (name, property) in [
            ("dynamicRange.time_props.stime", &range.start_property),
            ("dynamicRange.time_props.etime", &range.end_property),
        ] {
            let mut declared = schema.labels().filter_map(|l| l.property(property)).peekable();
            let is_time = |t: &DataType| matches!(t, DataType::Date | DataType::Int | DataType::Long);
            if declared.peek().is_none() || !declared.all(|p| is_time(&p.data_type)) {
                let expected = "a property of type date, int or long".to_owned();
                return Err(AlgoError::Invalid { name, expected });
            }
        }
        let mut of_label = vec![None; schema.label_bound()];
        for label in schema.labels() {
            let id = |name: &str| Label::property(label, name).map(|p| p.id);
            of_label[label.id.at()] = id(&range.start_property).map(|first| (first, id(&range.end_property)));
        }
        Ok(Times { start: range.start, end: range.end, of_label })
    }

    /// When an edge holds within the range; none if it never does, or has no time.
    pub(super) fn of_edge(&self, snapshot: &Snapshot, edge: &EdgeRef) -> Option<Interval> {
        let (first, last) = (*self.of_label.get(edge.label.at())?)?;
        self.cut(|property| snapshot.edge_property(edge, property), first, last)
    }

    /// When a vertex holds within the range, by the first of its labels that has a time.
    pub(super) fn of_vertex(&self, snapshot: &Snapshot, v: VertexIx) -> Option<Interval> {
        let timed = |label: LabelId| {
            let (first, last) = (*self.of_label.get(label.at())?)?;
            snapshot.vertex_property(v, label, first)?;
            Some((label, first, last))
        };
        let (label, first, last) = snapshot.labels_of(v).into_iter().find_map(timed)?;
        self.cut(|property| snapshot.vertex_property(v, label, property), first, last)
    }

    fn cut(
        &self,
        value: impl Fn(PropId) -> Option<Value>,
        first: PropId,
        last: Option<PropId>,
    ) -> Option<Interval> {
        let from = seconds(&value(first)?)?;
        // Without an end, an element holds for one second.
        let to = last.and_then(|last| seconds(&value(last)?)).unwrap_or(from);
        let (start, end) = (from.max(self.start), to.min(self.end));
        (from <= to && start <= end).then_some((start, end))
    }
}

fn seconds(value: &Value) -> Option<i64> {
    match value {
        Value::Int(v) => Some(i64::from(*v)),
        Value::Long(v) => Some(*v),
        Value::Date(v) => Some(v.seconds()),
        Value::Many(values) => values.first().and_then(seconds),
        _ => None,
    }
}

/// Which way edges are walked.
#[derive(Clone, Copy)]
pub(super) struct Walking<'a> {
    pub snapshot: &'a Snapshot,
    pub times: &'a Times,
    pub directed: bool,
}

/// Steps that one look at an edge with its times counts.
const STEPS_PER_EDGE: u64 = 16;

impl Walking<'_> {
    /// Visits where the edges that hold lead from a vertex.
    pub(super) fn onwards(
        &self,
        v: u32,
        tick: &mut Tick<'_>,
        visit: impl FnMut(&mut Tick<'_>, u32, Interval) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.visit(v, End::Source, tick, visit)
    }

    /// Visits where the edges that hold lead to a vertex from.
    pub(super) fn backwards(
        &self,
        v: u32,
        tick: &mut Tick<'_>,
        visit: impl FnMut(&mut Tick<'_>, u32, Interval) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.visit(v, End::Target, tick, visit)
    }

    fn visit(
        &self,
        v: u32,
        near: End,
        tick: &mut Tick<'_>,
        mut visit: impl FnMut(&mut Tick<'_>, u32, Interval) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let ends = [End::Source, End::Target].into_iter().filter(|end| *end == near || !self.directed);
        for end in ends {
            self.snapshot.visit_edges(VertexIx(v), end, |edge| {
                tick.spend(STEPS_PER_EDGE)?;
                let other = if end == End::Source { edge.target } else { edge.source };
                match self.times.of_edge(self.snapshot, &edge) {
                    Some(interval) => visit(tick, other.0, interval),
                    None => Ok(()),
                }
            })?;
        }
        Ok(())
    }
}
