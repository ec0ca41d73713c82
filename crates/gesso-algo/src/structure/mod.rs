//! Trees, orders, cuts and samples.
