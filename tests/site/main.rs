//! The loader of site files and templates, from outside.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod cases;
mod mangled;
mod shipped;
mod whole;
