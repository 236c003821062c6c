//! The memory of one call.
//!
//! A call runs in a fresh instance that is thrown away with all its memory, so
//! the cheapest allocator is one that moves a mark forward. In come layouts,
//! out go addresses between `__heap_base` and the end of memory; memory is
//! grown when the mark would pass it. Always: the last block grows, shrinks and
//! is freed in place, so a string that is being built, or a chunk that is being
//! copied in, costs its own size and not the sum of its doublings. A large batch
//! that allocates and frees without end would run out of memory that way: once
//! [`FAST_BYTES`] have been handed out, blocks come from an allocator that takes
//! them back. Absent: any reuse of a block below the mark that is not the last,
//! and threads.
#![allow(
    unsafe_code,
    reason = "an allocator hands out raw memory; this is the only room that does"
)]

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32::{memory_grow, memory_size};
use core::cell::{Cell, UnsafeCell};
use core::ptr;

use dlmalloc::{Allocator, Dlmalloc};

const PAGE: usize = 64 * 1024;
/// Memory is doubled up to this step and then grown by it: few growths for a
/// large chunk, and no request for 64 MiB where 33 would do.
const LARGEST_STEP: usize = 8 * 1024 * 1024;
/// So much is handed out by moving the mark. An order needs some 100 KiB, and a chunk
/// of 1 MiB of an ordinary feed less than this.
const FAST_BYTES: usize = 8 * 1024 * 1024;
/// What the other allocator takes from memory at once: few growths, little waste.
const GRANULARITY: usize = 256 * 1024;

unsafe extern "C" {
    /// Set by the linker to the first byte behind the data and the stack.
    static __heap_base: u8;
}

#[global_allocator]
static HEAP: Heap = Heap {
    mark: Cell::new(0),
    end: Cell::new(0),
    spilled: Cell::new(false),
    // Not Rust's own instance: that one would take the memory behind `__heap_base`
    // for itself.
    freeing: UnsafeCell::new(
        const {
            let mut freeing = Dlmalloc::new_with_allocator(Pages);
            assert!(freeing.set_granularity(GRANULARITY));
            freeing
        },
    ),
};

struct Heap {
    /// First free byte; 0 before the first allocation.
    mark: Cell<usize>,
    /// First byte beyond what the mark may reach without asking.
    end: Cell<usize>,
    /// The mark moves no further than `end`: memory behind it is the other's.
    spilled: Cell<bool>,
    freeing: UnsafeCell<Dlmalloc<Pages>>,
}

/// Whole pages at the end of memory. None are given back: memory cannot shrink.
struct Pages;

// SAFETY: each region is fresh memory that no one else was given.
unsafe impl Allocator for Pages {
    fn alloc(&self, size: usize) -> (*mut u8, usize, u32) {
        let pages = size.div_ceil(PAGE);
        match memory_grow(0, pages) {
            usize::MAX => (ptr::null_mut(), 0, 0),
            // The last byte of the address space stays out, so that no block ends at 0.
            before if before + pages == 65_536 => {
                ((before * PAGE) as *mut u8, pages * PAGE - 16, 0)
            }
            before => ((before * PAGE) as *mut u8, pages * PAGE, 0),
        }
    }

    fn remap(&self, _: *mut u8, _: usize, _: usize, _: bool) -> *mut u8 {
        ptr::null_mut()
    }

    fn free_part(&self, _: *mut u8, _: usize, _: usize) -> bool {
        false
    }

    fn free(&self, _: *mut u8, _: usize) -> bool {
        false
    }

    fn can_release_part(&self, _: u32) -> bool {
        false
    }

    fn allocates_zeros(&self) -> bool {
        true
    }

    fn page_size(&self) -> usize {
        PAGE
    }
}

// SAFETY: the module is built without threads, and no instance is entered twice.
unsafe impl Sync for Heap {}

impl Heap {
    /// Moves the mark to `to`, growing memory where needed. False: not by this way.
    fn advance(&self, to: usize) -> bool {
        if to > self.end.get() && !self.grow(to) {
            return false;
        }
        self.mark.set(to);
        true
    }

    #[cold]
    fn grow(&self, to: usize) -> bool {
        if self.spilled.get() || to > &raw const __heap_base as usize + FAST_BYTES {
            self.spilled.set(true);
            return false;
        }
        let size = memory_size(0) * PAGE;
        if to > size {
            let step = (to - size).max(size.min(LARGEST_STEP));
            let grown = memory_grow(0, step.div_ceil(PAGE)) != usize::MAX
                || memory_grow(0, (to - size).div_ceil(PAGE)) != usize::MAX;
            if !grown {
                self.spilled.set(true);
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

    /// Whether the other allocator handed this block out.
    fn is_spilled(&self, block: *mut u8) -> bool {
        self.spilled.get() && block as usize >= self.end.get()
    }

    /// The other allocator.
    ///
    /// # Safety
    /// One reference at a time.
    #[allow(clippy::mut_from_ref, reason = "no threads, and each use ends at once")]
    unsafe fn freeing(&self) -> &mut Dlmalloc<Pages> {
        // SAFETY: the caller holds no other.
        unsafe { &mut *self.freeing.get() }
    }
}

// SAFETY: blocks never overlap. Those below `end` end at or before the mark, and the
// next one starts at or behind it; the others lie in pages grown after `end` was
// fixed.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let block = self.start().checked_next_multiple_of(layout.align());
        let to = block.and_then(|block| block.checked_add(layout.size()));
        match (block, to) {
            (Some(block), Some(to)) if self.advance(to) => block as *mut u8,
            // SAFETY: the caller's layout is valid; the reference ends here.
            _ => unsafe { self.freeing().malloc(layout.size(), layout.align()) },
        }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if self.is_last(block, layout.size()) {
            self.mark.set(block as usize);
        } else if self.is_spilled(block) {
            // SAFETY: it was handed out there, in this layout.
            unsafe { self.freeing().free(block, layout.size(), layout.align()) };
        }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let is_last = self.is_last(block, layout.size());
        if is_last
            && let Some(to) = (block as usize).checked_add(new_size)
            && self.advance(to)
        {
            return block;
        }
        if !is_last && self.is_spilled(block) {
            // SAFETY: it was handed out there, in this layout.
            return unsafe {
                let freeing = self.freeing();
                freeing.realloc(block, layout.size(), layout.align(), new_size)
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
                if is_last {
                    self.mark.set(block as usize);
                }
            }
            new
        }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as `alloc`. Memory may have been used before, by a block since
        // freed, so it is cleared.
        unsafe {
            let block = self.alloc(layout);
            if !block.is_null() {
                ptr::write_bytes(block, 0, layout.size());
            }
            block
        }
    }
}
