//! Calls a function when a future ends or is cancelled.

/// A guard that calls its function when it is dropped. A future holds it across its awaits.
pub struct OnDrop<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
