//! Errors of Redis, in words.

use redis::{ErrorKind, RedisError};

/// The error in one line, without a full stop, and with the fix where it is known.
pub fn redis_sentence(error: &RedisError) -> String {
    if error.is_timeout() {
        return "it does not respond in time".to_owned();
    }
    // A program that is not Redis may send anything.
    let text = error.to_string().replace(char::is_control, " ");
    let text = text.trim_end_matches(['.', ' ']);
    let hint = match (error.kind(), error.code()) {
        (ErrorKind::AuthenticationFailed, _) | (_, Some("NOAUTH" | "WRONGPASS")) => {
            " (the password belongs in the URL: redis://:PASSWORD@HOST)"
        }
        _ => "",
    };
    format!("{text}{hint}")
}
