//! A document → entries as their author wrote them. Pure: no I/O, no clock, no settings of outputs, no panic.

pub mod article;
pub mod charset;
pub mod date;
pub mod feed;
