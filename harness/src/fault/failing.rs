//! Stores that do not answer.

use super::fault;
use crate::contract::op::Op;

fault!(
    PanicsOnLongNames,
    "panics-on-long-names",
    Roles,
    Panic,
    "panics when the name of a role is longer than it expected",
    |op, inner| match op {
        Op::CreateRole { role, .. } if role.name.len() > 63 => {
            // Like a panic, but without the panic hook's message on standard error.
            std::panic::resume_unwind(Box::new("index out of bounds"))
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    HangsOnCleanup,
    "hangs-on-cleanup",
    Tokens,
    Hang,
    "never ends cleaning up tokens",
    |op, inner| match op {
        Op::CleanupExpiredTokens { .. } => std::future::pending().await,
        _ => op.apply(inner).await,
    }
);
