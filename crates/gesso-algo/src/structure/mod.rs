//! Trees, orders, cuts and samples.

mod articulation_points;
mod bridges;
mod cuts;
mod dag_longest_path;
mod influence_maximization;
mod maximal_independent_set;
mod minimum_spanning_forest;
mod order;
mod random_walk_sample;
mod topological_sort;

pub use articulation_points::ArticulationPoints;
pub use bridges::Bridges;
pub use dag_longest_path::DagLongestPath;
pub use influence_maximization::InfluenceMaximization;
pub use maximal_independent_set::MaximalIndependentSet;
pub use minimum_spanning_forest::MinimumSpanningForest;
pub use random_walk_sample::RandomWalkSample;
pub use topological_sort::TopologicalSort;
