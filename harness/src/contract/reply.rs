//! What a store answered, of whatever type.

use std::any::Any;
use std::fmt;

use pangolin_store::*;
use serde::Serialize;
use serde_json::{Value, json};

use super::redact::redacted;

/// What a store answered to some method: a value whose type the method knows.
pub struct Reply(Box<dyn Answer>);

impl Reply {
    /// Wraps an answer.
    pub fn new<T: Answered>(answer: T) -> Self {
        Self(Box::new(answer))
    }

    /// The answer, if it is of that type.
    pub fn into_inner<T: Answered>(self) -> Option<T> {
        self.0.into_any().downcast().ok().map(|answer| *answer)
    }

    /// The answer, if it is of that type, to look at or to change.
    pub fn get_mut<T: Answered>(&mut self) -> Option<&mut T> {
        self.0.as_any_mut().downcast_mut()
    }

    /// Whether there is nothing in it: `None`, no rows, zero, false.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The answer as JSON, with fingerprints in place of secrets.
    pub fn to_value(&self) -> Value {
        self.0.to_value()
    }
}

impl PartialEq for Reply {
    fn eq(&self, other: &Self) -> bool {
        self.0.equals(&*other.0)
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_value().fmt(f)
    }
}

/// What a method of the contract can answer.
pub trait Answered: PartialEq + Serialize + Send + Sync + 'static {
    /// Whether there is nothing in it.
    fn is_nothing(&self) -> bool {
        false
    }
}

impl<T: PartialEq + Serialize + Send + Sync + 'static> Answered for Option<T> {
    fn is_nothing(&self) -> bool {
        self.is_none()
    }
}

impl<T: PartialEq + Serialize + Send + Sync + 'static> Answered for Vec<T> {
    fn is_nothing(&self) -> bool {
        self.is_empty()
    }
}

impl Answered for u64 {
    fn is_nothing(&self) -> bool {
        *self == 0
    }
}

impl Answered for bool {
    fn is_nothing(&self) -> bool {
        !*self
    }
}

macro_rules! answered {
    ($($entity:ty),+ $(,)?) => {
        $(impl Answered for $entity {})+
    };
}

answered!(
    (),
    Tenant,
    Warehouse,
    Catalog,
    Namespace,
    Asset,
    Branch,
    MergeOperation,
    MergeConflict,
    User,
    Role,
    ServiceUser,
    Settings,
    BusinessMetadata,
    AccessRequest,
);

/// An [`Answered`] of any type.
trait Answer: Send + Sync {
    fn equals(&self, other: &dyn Answer) -> bool;
    fn is_empty(&self) -> bool;
    fn to_value(&self) -> Value;
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
    fn into_any(self: Box<Self>) -> Box<dyn Any>;
}

impl<T: Answered> Answer for T {
    fn equals(&self, other: &dyn Answer) -> bool {
        other.as_any().downcast_ref() == Some(self)
    }

    fn is_empty(&self) -> bool {
        self.is_nothing()
    }

    fn to_value(&self) -> Value {
        redacted(serde_json::to_value(self).unwrap_or_else(|error| json!(error.to_string())))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
