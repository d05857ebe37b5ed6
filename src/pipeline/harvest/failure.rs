//! Why a source gave nothing.

use crate::fetch::http::FetchError;
use crate::model::{ParseError, Warning};
use crate::state::StateError;

/// Why a source gave nothing this time; its last good items stay.
pub(super) struct Failure {
    pub(super) class: String,
    pub(super) message: String,
    pub(super) hint: Option<String>,
    pub(super) retry_after: Option<u64>,
    pub(super) warnings: Vec<Warning>,
    pub(super) new_warnings: Vec<Warning>,
}

impl Failure {
    pub(super) fn new(class: &str, message: impl Into<String>) -> Self {
        Self {
            class: class.into(),
            message: message.into(),
            hint: None,
            retry_after: None,
            warnings: Vec::new(),
            new_warnings: Vec::new(),
        }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        Self {
            class: error.class.into(),
            message: error.message,
            hint: error.hint,
            retry_after: error.retry_after,
            warnings: Vec::new(),
            new_warnings: Vec::new(),
        }
    }
}

impl From<ParseError> for Stop {
    fn from(error: ParseError) -> Self {
        Failure::from(error).into()
    }
}

impl From<FetchError> for Stop {
    fn from(error: FetchError) -> Self {
        Failure::from(error).into()
    }
}

impl From<ParseError> for Failure {
    fn from(error: ParseError) -> Self {
        Self { hint: error.hint.clone(), ..Self::new(error.class, error.to_string()) }
    }
}

/// Either the state itself failed, which ends the run, or only this source did.
pub(super) enum Stop {
    State(StateError),
    Source(Box<Failure>),
}

impl From<StateError> for Stop {
    fn from(error: StateError) -> Self {
        Stop::State(error)
    }
}

impl From<Box<Failure>> for Stop {
    fn from(failure: Box<Failure>) -> Self {
        Stop::Source(failure)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Source(Box::new(failure))
    }
}
