//! The mechanics of HTTP under every API: routing, bodies, tolerance, errors.

pub mod answers;
pub mod body;
pub mod call;
pub mod dispatch;
pub mod fields;
pub mod given;
pub mod openapi;
pub mod route;
pub mod stoppable;
