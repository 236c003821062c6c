//! Notes for the operator.
//!
//! In come words; they go to the host's `log`, and in a native test to a list that
//! the test reads. Always: a plugin that never calls this does not import `log`.
//! Absent: what must not be lost, which belongs in the answer; names of persons.

/// For an operator, soon.
pub fn warning(text: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::contract::log::write(crate::contract::log::Level::Warning, text);
    #[cfg(not(target_arch = "wasm32"))]
    kept::push(text);
}

#[cfg(not(target_arch = "wasm32"))]
mod kept {
    use std::cell::RefCell;

    thread_local! {
        static NOTES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn push(text: &str) {
        NOTES.with_borrow_mut(|notes| notes.push(text.to_owned()));
    }

    #[cfg(feature = "testing")]
    pub(super) fn take() -> Vec<String> {
        NOTES.with_borrow_mut(std::mem::take)
    }
}

/// The notes of this thread since they were last taken.
#[cfg(all(feature = "testing", not(target_arch = "wasm32")))]
pub fn take() -> Vec<String> {
    kept::take()
}
