//! The job engine from outside: what becomes of a job, whoever interferes at whatever point.

mod admission;
mod keeping;
mod races;
mod restart;
mod stage;
mod states;
