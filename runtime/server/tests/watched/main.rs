//! Triggers that look at something outside, over whole projects that are served.

mod changes;
mod messages;
mod resources;
mod served;
mod stepped;
