//! The HTTP surface of Gesso: the service plane of GES, tokens, and Gesso's own health, metrics and API
//! description. Protocol in, protocol out; graphs and jobs are elsewhere.
//!
//! A request goes through [`http::dispatch`] to the one function that [`routes::ROUTES`] names for it.
//!
//! Threads: those of the caller's async runtime; one for maintenance, started by [`Server::open`] and
//! joined by [`Server::close`].
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod app;
pub mod auth;
pub mod error;
pub mod ges;
pub mod http;
pub mod maintenance;
pub mod meta;
pub mod metrics;
pub mod routes;
pub mod server;
mod watchers;

pub use app::{App, AppState, ServerConfig};
pub use error::ApiError;
pub use server::{OpenError, Server, Settings};
