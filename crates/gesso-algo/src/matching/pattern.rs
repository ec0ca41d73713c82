//! A pattern, and the order in which its vertices are matched.

use crate::error::AlgoError;
use crate::info::Param;

/// A pattern of labelled vertices and edges between them. Vertices have positions, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// The numbers of the vertices as they were written.
    pub names: Vec<String>,
    /// Their labels.
    pub labels: Vec<String>,
    /// Each edge once: (source, target).
    pub edges: Vec<(usize, usize)>,
}

/// One vertex of the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Its position in the pattern.
    pub vertex: usize,
    /// Vertices matched before it, and how it is joined to each.
    pub joins: Vec<(usize, Join)>,
    /// Whether it must have an edge to itself.
    pub has_loop: bool,
}

/// How a vertex is joined to one that is matched already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// By an edge from that one.
    After,
    /// By an edge to that one.
    Before,
    /// By an edge, whichever way.
    Beside,
}

/// Most vertices of a pattern.
const VERTICES_MAX: usize = 1000;

impl Pattern {
    /// Reads a pattern from its lines.
    pub(super) fn of(
        (vertices, vertex_lines): (&Param, Vec<(String, String)>),
        (edges, edge_lines): (&Param, Vec<(String, String)>),
    ) -> Result<Pattern, AlgoError> {
        let wrong = |param: &Param, expected: &str| AlgoError::Invalid {
            name: param.name,
            expected: expected.to_owned(),
        };
        let number = |param: &Param, text: &str| {
            let number = text.parse::<u64>().ok().filter(|_| !text.starts_with('+'));
            number.ok_or_else(|| wrong(param, "pattern vertices that are non-negative integers"))
        };
        if vertex_lines.len() > VERTICES_MAX {
            return Err(wrong(vertices, "at most 1000 pattern vertices"));
        }
        let mut pattern = Pattern { names: Vec::new(), labels: Vec::new(), edges: Vec::new() };
        let mut numbers = Vec::new();
        for (name, label) in vertex_lines {
            let number = number(vertices, &name)?;
            if numbers.contains(&number) {
                return Err(wrong(vertices, "each pattern vertex once"));
            }
            numbers.push(number);
            pattern.names.push(name);
            pattern.labels.push(label);
        }
        let position = |text: &str| {
            let number = number(edges, text)?;
            let known = numbers.iter().position(|n| *n == number);
            known.ok_or_else(|| wrong(edges, "edges between the pattern vertices in [vertices]"))
        };
        for (source, target) in edge_lines {
            pattern.edges.push((position(&source)?, position(&target)?));
        }
        pattern.edges.sort_unstable();
        pattern.edges.dedup();
        let is_joined = |v: usize| pattern.edges.iter().any(|(s, t)| *s == v || *t == v);
        if !(0..numbers.len()).all(is_joined) {
            return Err(wrong(vertices, "pattern vertices that each have an edge"));
        }
        Ok(pattern)
    }

    /// The order: as given while each vertex has an edge to one before it, so that matches come in the order of
    /// their ids; then always one with the most edges to those before it, of several the one with the most edges
    /// at all, then the first. A vertex without any begins a part of its own.
    pub(super) fn order(&self, directed: bool) -> Vec<Step> {
        let degree = |v: usize| self.edges.iter().filter(|(s, t)| *s == v || *t == v).count();
        let mut steps: Vec<Step> = Vec::with_capacity(self.names.len());
        let mut left: Vec<usize> = (1..self.names.len()).collect();
        let mut next = Some(0);
        while let Some(vertex) = next {
            let done: Vec<usize> = steps.iter().map(|step| step.vertex).collect();
            steps.push(self.step(vertex, &done, directed));
            left.retain(|v| *v != vertex);
            let joins = |v: usize| self.step(v, &[&done[..], &[vertex]].concat(), directed).joins.len();
            let is_as_given = steps.iter().enumerate().all(|(i, step)| step.vertex == i);
            let given = left.first().copied().filter(|v| is_as_given && joins(*v) > 0);
            let best = left.iter().copied().max_by_key(|v| (joins(*v), degree(*v), std::cmp::Reverse(*v)));
            next = given.or(best);
        }
        steps
    }

    fn step(&self, vertex: usize, done: &[usize], directed: bool) -> Step {
        let mut joins = Vec::new();
        for (source, target) in self.edges.iter().filter(|(s, t)| s != t) {
            let join = |other: usize, way: Join| (other, if directed { way } else { Join::Beside });
            if *target == vertex && done.contains(source) {
                joins.push(join(*source, Join::After));
            } else if *source == vertex && done.contains(target) {
                joins.push(join(*target, Join::Before));
            }
        }
        joins.sort_unstable_by_key(|(other, way)| (*other, *way as u8));
        joins.dedup();
        Step { vertex, joins, has_loop: self.edges.contains(&(vertex, vertex)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::info::Kind;

    const VERTICES: Param = Param::new("vertices", Kind::Pairs, "");
    const EDGES: Param = Param::new("edges", Kind::Pairs, "");

    fn pattern(vertices: &[(&str, &str)], edges: &[(&str, &str)]) -> Result<Pattern, String> {
        let owned = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>()
        };
        Pattern::of((&VERTICES, owned(vertices)), (&EDGES, owned(edges))).map_err(|e| e.to_string())
    }

    #[test]
    fn f07_54_patterns_that_make_no_sense_are_refused() {
        let two = [("1", "a"), ("2", "b")];
        for (vertices, edges, part) in [
            (&[("x", "a"), ("2", "b")][..], &[("x", "2")][..], "[vertices] is invalid"),
            (&two[..], &[("1", "x")], "[edges] is invalid, expected pattern vertices that are"),
            (&two, &[("1", "3")], "[edges] is invalid, expected edges between"),
            (&two, &[("1", "1")], "[vertices] is invalid, expected pattern vertices that each have an edge"),
            (&[("1", "a"), ("01", "b")], &[("1", "1")], "each pattern vertex once"),
            (&[("-1", "a"), ("2", "b")], &[("-1", "2")], "non-negative"),
        ] {
            let refused = pattern(vertices, edges).unwrap_err();
            assert!(refused.contains(part), "{refused}");
        }
        let repeated = pattern(&two, &[("1", "2"), ("01", "2")]).unwrap();
        assert_eq!(repeated.edges, [(0, 1)]);
    }

    #[test]
    fn an_order_stays_joined_where_it_can() {
        let labels = ["1", "2", "3", "4", "5"].map(|name| (name, "a"));
        let edges = [("1", "3"), ("3", "2"), ("2", "1"), ("4", "5"), ("2", "2")];
        let apart = pattern(&labels[..3], &[("1", "3"), ("3", "2")]).unwrap();
        let pattern = pattern(&labels, &edges).unwrap();
        let order: Vec<usize> = pattern.order(true).iter().map(|step| step.vertex).collect();
        assert_eq!(order, [0, 1, 2, 3, 4]);
        let steps = pattern.order(true);
        assert_eq!(steps[1], Step { vertex: 1, joins: vec![(0, Join::Before)], has_loop: true });
        assert_eq!(steps[2].joins, [(0, Join::After), (1, Join::Before)]);
        assert_eq!((steps[3].joins.len(), &steps[4].joins), (0, &vec![(3, Join::After)]));
        assert_eq!(pattern.order(false)[2].joins, [(0, Join::Beside), (1, Join::Beside)]);
        let order: Vec<usize> = apart.order(true).iter().map(|step| step.vertex).collect();
        assert_eq!(order, [0, 2, 1]);
    }
}
