//! Ports that nobody asks: what is measured uses no service.

use async_trait::async_trait;
use credence_domain::ids::CallId;
use credence_plugin_host::ports::{
    Journal, KnownFile, OutgoingFile, PortError, Secret, Setting, Vault,
};
use std::collections::BTreeMap;

/// An adapter, or an executor that acts on nothing, never asks it.
pub(crate) struct Unused;

fn unused() -> PortError {
    PortError::new("the benchmark's call uses no service")
}

#[async_trait]
impl Journal for Unused {
    async fn before_effect(&self, _call: CallId, _number: u32) -> Result<(), PortError> {
        Err(unused())
    }

    async fn file(&self, _: &OutgoingFile) -> Result<Option<KnownFile>, PortError> {
        Err(unused())
    }

    async fn keep_file(&self, _: CallId, _: &OutgoingFile) -> Result<KnownFile, PortError> {
        Err(unused())
    }
}

#[async_trait]
impl Vault for Unused {
    async fn tokens(&self, _plugin: &str, _numbers: &[String]) -> Result<Vec<String>, PortError> {
        Err(unused())
    }

    async fn numbers(
        &self,
        _plugin: &str,
        _tokens: &[String],
    ) -> Result<BTreeMap<String, Secret>, PortError> {
        Err(unused())
    }

    async fn setting(&self, _plugin: &str, _name: &str) -> Result<Option<Setting>, PortError> {
        Err(unused())
    }

    async fn secret(&self, _plugin: &str, _name: &str) -> Result<Secret, PortError> {
        Err(unused())
    }
}
