//! json_feed
