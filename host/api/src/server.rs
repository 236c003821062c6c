//! The server: a loopback address, the routes, and an orderly end.
//!
//! Comes in: where to listen, an open house, the signal to stop. Goes out:
//! answers. Always holds: after the signal no new connection is taken, and the
//! requests that run are answered first.

use crate::{
    nearby::{ListenError, Loopback},
    routes::{Desk, router},
};
use credence_pipeline::{Actor, House};
use std::{io, net::SocketAddr, sync::Arc};
use tokio::net::TcpListener;

/// A bound server that does not answer yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Takes the address; port 0 takes any free one.
    ///
    /// # Errors
    /// [`ListenError::Bind`] where the address is taken.
    pub async fn bind(address: Loopback) -> Result<Self, ListenError> {
        let address = address.address();
        let failed = |source| ListenError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }

    /// Where it can be reached.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Answers until `stop` comes, and then ends what it has begun. Look-ups enter
    /// the log in the name of `actor`.
    ///
    /// # Errors
    /// When the system takes the listening socket away.
    pub async fn serve(
        self,
        house: Arc<House>,
        actor: Actor,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let router = router(Desk { house, actor });
        axum::serve(self.listener, router)
            .with_graceful_shutdown(stop)
            .await
    }
}
