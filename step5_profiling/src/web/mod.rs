//! Asking for a profile.
//!
//! | file | idea |
//! |---|---|
//! | [`routes`] | `/debug/pprof/…`, from the request to the answer |
//! | [`parameters`] | `?seconds=`, `?frequency=`, `?worker=` |
//! | [`local_only`] | not for everybody |
//! | [`index`] | the page that says what there is |

pub mod index;
pub mod local_only;
pub mod parameters;
pub mod routes;
