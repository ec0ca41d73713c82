//! Numbers by which two programs' answers can be compared without writing every row.

use gesso_core::{Cells, Outcome, Rows, Scalar};

/// What a result sums to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Checks {
    /// Rows of the list, or 1 for a single value.
    pub rows: u64,
    /// Sum of all values; for names of groups, how many there are.
    pub sum: f64,
    /// Sum of their squares; 0 for names of groups.
    pub squares: f64,
    /// Of a list, the first real number that goes with it, such as the modularity of communities.
    pub quality: f64,
}

impl Checks {
    /// Of the list if it has numbers or names of groups, else of the first whole or real number.
    pub fn of(outcome: &Outcome) -> Checks {
        let quality = outcome.list.as_ref().and_then(|_| outcome.scalars.iter().find_map(|(_, s)| real(s)));
        Checks { quality: quality.unwrap_or_default(), ..Checks::of_values(outcome) }
    }

    fn of_values(outcome: &Outcome) -> Checks {
        match outcome.list.as_ref().map(|(_, rows)| rows) {
            Some(Rows::PerVertex { cells: Cells::Real(values), .. }) => Checks::over(values.iter().copied()),
            Some(Rows::PerVertex { cells: Cells::Vector { values, .. }, .. }) => {
                Checks::over(values.iter().copied())
            }
            Some(Rows::PerVertex { cells: Cells::Int(values), .. }) => {
                Checks::over(values.iter().map(|v| *v as f64))
            }
            Some(Rows::PerVertex { cells: Cells::Vertex(groups), .. }) => {
                let mut distinct = groups.to_vec();
                distinct.sort_unstable();
                distinct.dedup();
                Checks { rows: groups.len() as u64, sum: distinct.len() as f64, ..Checks::default() }
            }
            Some(Rows::Vertices(vertices)) => Checks { rows: vertices.len() as u64, ..Checks::default() },
            Some(Rows::Pairs(pairs)) => match &pairs.values {
                Some((_, values)) => Checks::over(values.iter().copied()),
                None => Checks { rows: pairs.len() as u64, ..Checks::default() },
            },
            _ => Checks::over(outcome.scalars.iter().find_map(|(_, scalar)| number(scalar)).into_iter()),
        }
    }

    fn over(values: impl Iterator<Item = f64>) -> Checks {
        values.fold(Checks::default(), |all, value| Checks {
            rows: all.rows + 1,
            sum: all.sum + value,
            squares: all.squares + value * value,
            ..all
        })
    }
}

fn real(scalar: &Scalar) -> Option<f64> {
    match scalar {
        Scalar::Real(value) => Some(*value),
        _ => None,
    }
}

fn number(scalar: &Scalar) -> Option<f64> {
    match scalar {
        Scalar::Int(value) => Some(*value as f64),
        Scalar::Real(value) => Some(*value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_before_single_values() {
        let alone = Outcome::default().with("count", Scalar::Bool(true)).with("triangles", Scalar::Int(7));
        assert_eq!(Checks::of(&alone), Checks { rows: 1, sum: 7.0, squares: 49.0, quality: 0.0 });
        let vertices = vec![0u32, 1, 2].into();
        let rows = Rows::PerVertex { vertices, cells: Cells::Real(vec![1.0, 2.0, 0.5].into()) };
        let listed = Outcome::of_list("rank", rows).with("iterations", Scalar::Int(7));
        assert_eq!(Checks::of(&listed), Checks { rows: 3, sum: 3.5, squares: 5.25, quality: 0.0 });
        let cells = Cells::Vertex(vec![4u32, 4, 1].into());
        let groups = Outcome::of_list("group", Rows::PerVertex { vertices: vec![0u32, 1, 2].into(), cells });
        let groups = groups.with("modularity", Scalar::Real(0.25));
        assert_eq!(Checks::of(&groups), Checks { rows: 3, sum: 2.0, squares: 0.0, quality: 0.25 });
    }
}
