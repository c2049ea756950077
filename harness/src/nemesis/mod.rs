//! What breaks connections between stores and their servers, at a chosen message.

mod fate;
mod line;
mod proxy;
mod wire;

pub use fate::{Action, Fate};
pub use proxy::Proxy;
