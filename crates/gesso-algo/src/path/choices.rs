//! The ways to take one edge at each place of a path, in the order of their indices.

use gesso_graph::EdgeRef;

/// A choice of one edge a place, and all those after it. Edges of opposite directions can have one index: then
/// all indices of the path are compared before it matters which way edges go.
pub(super) struct Choices {
    /// The edges of each place, at least one, by index.
    places: Vec<Vec<EdgeRef>>,
    /// The choice: where the edges of its index begin, and which of them it is.
    at: Vec<(usize, usize)>,
}

impl Choices {
    /// The first choice.
    pub(super) fn new(places: Vec<Vec<EdgeRef>>) -> Choices {
        Choices { at: vec![(0, 0); places.len()], places }
    }

    /// The edges chosen.
    pub(super) fn edges(&self) -> Vec<&EdgeRef> {
        self.places.iter().zip(&self.at).map(|(edges, (group, member))| &edges[group + member]).collect()
    }

    /// Goes on to the next choice; false if there is none.
    pub(super) fn advance(&mut self) -> bool {
        let places = 0..self.at.len();
        if let Some(i) = places.clone().rev().find(|i| self.at[*i].0 + self.at[*i].1 + 1 < self.group_end(*i))
        {
            self.at[i].1 += 1;
            self.at[i + 1..].iter_mut().for_each(|at| at.1 = 0);
            return true;
        }
        let Some(i) = places.rev().find(|i| self.group_end(*i) < self.places[*i].len()) else { return false };
        self.at[i].0 = self.group_end(i);
        self.at.iter_mut().for_each(|at| at.1 = 0);
        self.at[i + 1..].iter_mut().for_each(|at| at.0 = 0);
        true
    }

    /// Where the edges of the chosen index end.
    fn group_end(&self, place: usize) -> usize {
        let (edges, start) = (&self.places[place], self.at[place].0);
        start + edges[start..].iter().take_while(|e| e.index == edges[start].index).count()
    }
}
