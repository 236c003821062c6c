//! The memory of one call.
//!
//! A call runs in a fresh instance that is thrown away with all its memory, so
//! the cheapest allocator is one that moves a mark forward. In come layouts,
//! out go addresses between `__heap_base` and the end of memory; memory is
//! grown when the mark would pass it. Always: the last block grows, shrinks and
//! is freed in place, so a string that is being built, or a chunk that is being
//! copied in, costs its own size and not the sum of its doublings. Absent: any
//! reuse of a block that is not the last, and threads.
#![allow(
    unsafe_code,
    reason = "an allocator hands out raw memory; this is the only room that does"
)]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::Cell;
use core::ptr;

const PAGE: usize = 64 * 1024;
/// Memory is doubled up to this step and then grown by it: few growths for a
/// large chunk, and no request for 64 MiB where 33 would do.
const LARGEST_STEP: usize = 8 * 1024 * 1024;

unsafe extern "C" {
    /// Set by the linker to the first byte behind the data and the stack.
    static __heap_base: u8;
}

#[global_allocator]
static HEAP: Heap = Heap {
    mark: Cell::new(0),
    end: Cell::new(0),
};

struct Heap {
    /// First free byte; 0 before the first allocation.
    mark: Cell<usize>,
    /// First byte beyond memory.
    end: Cell<usize>,
}

// SAFETY: the module is built without threads, and no instance is entered twice.
unsafe impl Sync for Heap {}

impl Heap {
    /// Moves the mark to `to`, growing memory where needed. False: no memory left.
    fn advance(&self, to: usize) -> bool {
        if to > self.end.get() && !self.grow(to) {
            return false;
        }
        self.mark.set(to);
        true
    }

    #[cold]
    fn grow(&self, to: usize) -> bool {
        let size = memory_size(0) * PAGE;
        if to > size {
            let step = (to - size).max(size.min(LARGEST_STEP));
            let grown = memory_grow(0, step.div_ceil(PAGE)) != usize::MAX
                || memory_grow(0, (to - size).div_ceil(PAGE)) != usize::MAX;
            if !grown {
                return false;
            }
        }
        self.end.set(memory_size(0) * PAGE);
        true
    }

    fn start(&self) -> usize {
        match self.mark.get() {
            0 => &raw const __heap_base as usize,
            mark => mark,
        }
    }

    fn is_last(&self, block: *mut u8, size: usize) -> bool {
        block as usize + size == self.mark.get()
    }
}

// SAFETY: blocks never overlap, since every block ends at or before the mark
// and the next one starts at or behind it.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(block) = self.start().checked_next_multiple_of(layout.align()) else {
            return ptr::null_mut();
        };
        match block.checked_add(layout.size()) {
            Some(to) if self.advance(to) => block as *mut u8,
            _ => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if self.is_last(block, layout.size()) {
            self.mark.set(block as usize);
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if self.is_last(block, layout.size()) {
            return match (block as usize).checked_add(new_size) {
                Some(to) if self.advance(to) => block,
                _ => ptr::null_mut(),
            };
        }
        if new_size <= layout.size() {
            return block;
        }
        // SAFETY: the caller's layout is valid, and the new block is larger.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(new_size, layout.align()));
            if !new.is_null() {
                ptr::copy_nonoverlapping(block, new, layout.size());
            }
            new
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as `alloc`. Memory behind the mark may have been used before,
        // by a last block since freed, so it is cleared.
        unsafe {
            let block = self.alloc(layout);
            if !block.is_null() {
                ptr::write_bytes(block, 0, layout.size());
            }
            block
        }
    }
}
