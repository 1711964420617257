//! Calls a function when a future ends or is cancelled.

/// A guard that a future holds: dropping it calls the function.
pub struct OnDrop<F: FnMut()>(pub F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
