//! Steps of a trace: calls of the contract, and what else happens to a store.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::contract::op::Op;

/// A step of a trace. Serialised as one key and its arguments, like the [`Op`] that it mostly is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "nearly all steps are calls")]
pub enum Step {
    /// A call.
    Call(Op),
    /// Every store is closed and opened again, and must hold what it has acknowledged. Written
    /// `{"restart":{}}`.
    Restart,
}

impl Step {
    /// The call, if it is one.
    pub fn as_call(&self) -> Option<&Op> {
        match self {
            Self::Call(op) => Some(op),
            Self::Restart => None,
        }
    }

    /// Whether it is a call that changes nothing.
    pub(crate) fn is_read(&self) -> bool {
        self.as_call().is_some_and(|op| op.method().is_read())
    }

    /// Reads a step; what is wrong with it begins with the path of the field.
    pub(crate) fn from_value(value: Value) -> Result<Self, String> {
        match value.get("restart") {
            Some(arguments) if *arguments == json!({}) => return Ok(Self::Restart),
            Some(_) => return Err("restart: takes no arguments; write {\"restart\":{}}".to_owned()),
            None => {}
        }
        super::from_value(value).map(Self::Call)
    }

    /// The step as JSON.
    pub(crate) fn to_value(&self) -> Value {
        serde_json::to_value(self).expect("a step has string keys only")
    }
}

impl From<Op> for Step {
    fn from(op: Op) -> Self {
        Self::Call(op)
    }
}

impl Serialize for Step {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Call(op) => op.serialize(serializer),
            Self::Restart => json!({ "restart": {} }).serialize(serializer),
        }
    }
}
