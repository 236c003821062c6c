//! Has the crate built anew when a migration is added: the macro that embeds
//! them sees changes in the files it knows, and not a new one.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
