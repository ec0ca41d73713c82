//! A graph against a naive model: on a sound disk, on one that fails, on one that is damaged, and its backups.

mod naive;

mod backup;
mod committed_jobs;
mod damage;
mod load_memory;
mod log_limits;
mod model;
mod simulation;
mod upgrade;
mod versions;
