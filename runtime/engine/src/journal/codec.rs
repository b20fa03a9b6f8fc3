//! Values and plans as bytes.

use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Plan, Value};

pub(super) fn value_bytes(value: &Value) -> Result<Vec<u8>, Problem> {
    postcard::to_allocvec(value).map_err(|error| Problem::new(codes::S968, "bad").because(error))
}

pub(super) fn value(bytes: &[u8]) -> Result<Value, Problem> {
    postcard::from_bytes(bytes).map_err(|error| Problem::new(codes::S968, "bad").because(error))
}

pub(super) fn plan_bytes(plan: &Plan) -> Result<Vec<u8>, Problem> {
    postcard::to_allocvec(plan).map_err(|error| Problem::new(codes::S968, "bad").because(error))
}

pub(super) fn plan(bytes: &[u8]) -> Result<Plan, Problem> {
    postcard::from_bytes(bytes).map_err(|error| Problem::new(codes::S968, "bad").because(error))
}

pub(super) fn plan_hash(plan: &Plan) -> Result<Arc<str>, Problem> {
    Ok(blake3::hash(&plan_bytes(plan)?).to_hex().as_str().into())
}
