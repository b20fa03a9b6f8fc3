//! Drawing a plan.
