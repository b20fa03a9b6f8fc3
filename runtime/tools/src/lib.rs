//! See the room's brief.
