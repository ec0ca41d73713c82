//! The mechanics of HTTP under every API: routing, bodies, tolerance, errors.

pub mod body;
pub mod call;
pub mod dispatch;
pub mod fields;
pub mod openapi;
pub mod route;
pub mod stoppable;
