//! Why an algorithm refuses or fails. The texts are part of the protocol: spec 06, 1.3.

use gesso_core::Stop;

/// An error of an algorithm. Its text is the reason alone; [`AlgoError::message`] is what a user sees.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AlgoError {
    /// No algorithm has the name asked for.
    #[error("algorithm is not supported")]
    NotSupported,
    /// No parameter of the algorithm has this name.
    #[error("parameter [{name}] is not supported")]
    UnknownParameter {
        /// The name as given.
        name: String,
    },
    /// A mandatory parameter is missing.
    #[error("parameter [{name}] is required")]
    Required {
        /// The parameter.
        name: &'static str,
    },
    /// A value outside the declared range, or not readable as the declared kind.
    #[error("parameter [{name}] is invalid, expected {expected}")]
    Invalid {
        /// The parameter, or a member of it after a dot.
        name: &'static str,
        /// The range or form that is accepted.
        expected: String,
    },
    /// A filter that is not one, or that the schema has no place for.
    #[error("parameter [{name}] is invalid: {reason}")]
    Filter {
        /// The parameter.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A product of sizes that is too large where a client waits.
    #[error("{what} is {product}, expected at most {most} when executed synchronously")]
    TooMuch {
        /// Which sizes.
        what: &'static str,
        /// Their product.
        product: u64,
        /// The most allowed.
        most: u64,
    },
    /// A window that ends before it starts.
    #[error("startTime must not be later than endTime")]
    WindowReversed,
    /// A dynamic range that ends before it starts.
    #[error("dynamicRange.start must not be later than dynamicRange.end")]
    RangeReversed,
    /// A documented strategy that is not there.
    #[error("strategy [{name}] is not supported")]
    Strategy {
        /// Its name.
        name: String,
    },
    /// A window with a bound but without the property it is about.
    #[error("parameter [timeWindow.filterName] is required")]
    WindowUnnamed,
    /// `weight` together with `timeWindow`.
    #[error("weight and timeWindow must not be given together")]
    WeightWithWindow,
    /// Source and target are one vertex.
    #[error("target must not be the same as source")]
    SameEnds,
    /// The graph has no vertex of this id.
    #[error("vertex [{id}] does not exist")]
    NoVertex {
        /// The id as given.
        id: String,
    },
    /// No edge label declares the property, or it is not numeric.
    #[error("weight [{name}] is invalid")]
    InvalidWeight {
        /// The property as given.
        name: String,
    },
    /// An edge of the search weighs nothing, less than nothing, or is not a finite number.
    #[error("weight of edges must be greater than 0")]
    Weight,
    /// Sums of the weights of edges are more than numbers of 64 bits hold, or their products are.
    #[error("weights of edges must add up to less than {most:.1e}")]
    WeightSum {
        /// What they must stay below.
        most: f64,
    },
    /// The number of values does not fit the number of seeds.
    #[error("parameter [{name}] has {given} values, expected 1 or one for each of {seeds} seeds")]
    Count {
        /// The parameter.
        name: &'static str,
        /// Values given.
        given: usize,
        /// Seeds given.
        seeds: usize,
    },
    /// None of several parameters was given of which one is needed.
    #[error("parameter [{name}] or [{other}] is required")]
    OneOf {
        /// One parameter.
        name: &'static str,
        /// The other one.
        other: &'static str,
    },
    /// A start vector that is zero everywhere.
    #[error("weights of all vertices are 0")]
    NoStart,
    /// An iteration grows without bound.
    #[error("the iteration diverges, expected a smaller [{name}]")]
    Diverges {
        /// The parameter that makes it so.
        name: &'static str,
    },
    /// An order was asked for that the graph does not have.
    #[error("the graph has a cycle through vertex [{id}]")]
    Cycle {
        /// A vertex on it.
        id: String,
    },
    /// `initial` labels no vertex, or all of them.
    #[error("number of vertices labelled by [initial] is {labelled}, expected (0,{vertices})")]
    Labelled {
        /// Vertices that have a value.
        labelled: u64,
        /// All vertices.
        vertices: u64,
    },
    /// The job was stopped.
    #[error(transparent)]
    Stopped(#[from] Stop),
}

impl AlgoError {
    /// What a user sees: the reason with the algorithm's name around it.
    pub fn message(&self, algorithm: &str) -> String {
        match self {
            AlgoError::Stopped(Stop::Memory) => {
                format!("Running algorithm [{algorithm}] error: memory is not enough!")
            }
            reason => format!("Running algorithm [{algorithm}] error: {reason}!"),
        }
    }

    /// True for what is decided before the data is seen: such a request is refused without a job.
    pub fn is_parameter(&self) -> bool {
        match self {
            AlgoError::NotSupported
            | AlgoError::UnknownParameter { .. }
            | AlgoError::Required { .. }
            | AlgoError::Invalid { .. }
            | AlgoError::RangeReversed
            | AlgoError::Strategy { .. }
            | AlgoError::Filter { .. }
            | AlgoError::TooMuch { .. }
            | AlgoError::WindowReversed
            | AlgoError::WindowUnnamed
            | AlgoError::WeightWithWindow
            | AlgoError::Count { .. }
            | AlgoError::OneOf { .. }
            | AlgoError::SameEnds => true,
            AlgoError::NoVertex { .. }
            | AlgoError::InvalidWeight { .. }
            | AlgoError::Weight
            | AlgoError::WeightSum { .. }
            | AlgoError::Labelled { .. }
            | AlgoError::NoStart
            | AlgoError::Diverges { .. }
            | AlgoError::Cycle { .. }
            | AlgoError::Stopped(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_wrap_the_reason() {
        let error = AlgoError::NoVertex { id: "x".into() };
        assert_eq!(error.message("k_hop"), "Running algorithm [k_hop] error: vertex [x] does not exist!");
        let memory = AlgoError::from(Stop::Memory).message("sssp");
        assert_eq!(memory, "Running algorithm [sssp] error: memory is not enough!");
    }
}
