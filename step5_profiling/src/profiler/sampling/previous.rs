//! The stacks of the last flamegraph, for a later `diff`. They are in shared memory because another
//! worker may get the next request.
//!
//! Only the owner of the profiler reads or writes them.

use std::sync::atomic::{
    AtomicU8, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

/// The largest text, in bytes. A longer one loses its last lines.
const ROOM: usize = 1024 * 1024;

/// Lines of text, in shared memory.
#[repr(C)]
pub struct Previous {
    length: AtomicU64,
    bytes: [AtomicU8; ROOM],
}

impl Previous {
    /// The last profile, or `None` if there is none yet.
    pub fn load(&self) -> Option<String> {
        let length = (self.length.load(Acquire) as usize).min(ROOM);
        let text: Vec<_> = self.bytes[..length].iter().map(|byte| byte.load(Relaxed)).collect();
        (length > 0).then(|| String::from_utf8_lossy(&text).into_owned())
    }

    /// Keeps these lines for the next `diff`.
    pub fn store(&self, lines: &[String]) {
        // A worker that dies during the write leaves an empty text.
        self.length.store(0, Release);
        let mut length = 0;
        for line in lines {
            let end = length + line.len() + 1;
            let Some(place) = self.bytes.get(length..end) else { break };
            for (place, byte) in place.iter().zip(line.bytes().chain([b'\n'])) {
                place.store(byte, Relaxed);
            }
            length = end;
        }
        self.length.store(length as u64, Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_profile_is_stored_as_far_as_there_is_room() {
        let previous =
            Previous { length: AtomicU64::new(0), bytes: [const { AtomicU8::new(0) }; ROOM] };
        assert!(previous.load().is_none());
        previous.store(&["a;b 7".to_owned(), "c é".to_owned()]);
        assert_eq!(previous.load().unwrap(), "a;b 7\nc é\n");

        let lines: Vec<_> = (0..200).map(|index| format!("{index:010000}")).collect();
        previous.store(&lines);
        let kept = previous.load().unwrap();
        assert_eq!(kept.lines().count(), 104, "what fits into 1 MiB");
        assert!(lines.iter().map(String::as_str).zip(kept.lines()).all(|(a, b)| a == b));
    }
}
