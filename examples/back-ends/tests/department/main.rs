//! The departments over real HTTP and through real folders: in comes what a plugin
//! would send; what is checked is the answer and the ledger. Absent: the host.

mod customs;
mod exports;
mod folders;
mod housing;
mod http;
mod mandates;
mod misbehaviour;
mod program;
mod tax;
mod transport;

/// A client that talks to this machine and nobody else.
fn client() -> reqwest::Client {
    // The first of several tests installs it; for the others it is there. No
    // test speaks TLS, but the client is built for it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client")
}
