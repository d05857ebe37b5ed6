//! A feed → bytes → published files. The only room that touches the output folder.

pub mod atom;
pub mod gate;
pub mod html;
pub mod json_feed;
pub mod manifest;
pub mod opml;
pub mod publish;
pub mod rss;
pub mod slug;
pub mod xml;
