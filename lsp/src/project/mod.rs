//! The projects that are open, and what was found in them.
//!
//! Kept true here: a [`View`] does not change. The analyst makes a new one after every change, and whoever answers a
//! request looks at one and the same from beginning to end.

mod analyst;
mod files;
mod held;
mod scratch;
mod view;

pub(crate) use analyst::{Analyst, Change, Errand, News};
pub(crate) use view::{File, Hints, Project, Spot, View, address};
