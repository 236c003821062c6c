//! The live ports of the plugin host, over the store.
//!
//! Comes in: what a running call needs. Goes out: durable intents, tokens,
//! numbers, secrets. Always holds: a request leaves only while the store holds
//! its call open, with the intent committed, which the lease of a claim vouches for
//! as long as it lasts; a secret is read from its place at
//! the moment it is filled in, so changing it needs no restart.

use crate::{
    clock::Clock,
    house::{Actor, event},
    plugins::Plugins,
};
use async_trait::async_trait;
use credence_domain::ids::CallId;
use credence_plugin_host::ports::{
    Journal, KnownFile, OutgoingFile, PortError, Secret, Setting, Vault,
};
use credence_store::{NamedText, PutFile, Store};
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Claims that this process holds, by their calls: nobody closes such a call before
/// its lease is over, so until then the store need not be asked again and again.
#[derive(Debug, Default)]
pub(crate) struct Held(Mutex<HashMap<CallId, Timestamp>>);

impl Held {
    /// A claim that is durable now.
    pub(crate) fn take(&self, call: CallId, lease_until: Timestamp) {
        self.calls().insert(call, lease_until);
    }

    /// Its call has ended.
    pub(crate) fn leave(&self, call: CallId) {
        self.calls().remove(&call);
    }

    fn holds(&self, call: CallId, now: Timestamp) -> bool {
        self.calls().get(&call).is_some_and(|until| now < *until)
    }

    fn calls(&self) -> MutexGuard<'_, HashMap<CallId, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Intents and names of files in the store.
pub(crate) struct StoreJournal {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) held: Arc<Held>,
}

fn named(file: &OutgoingFile) -> NamedText<'_> {
    NamedText {
        plugin: &file.name.plugin,
        folder: &file.name.folder,
        name: &file.name.name,
        place: &file.place.path,
        text: file.text.expose(),
    }
}

fn known(file: PutFile) -> KnownFile {
    KnownFile {
        call: file.call,
        same_text: file.same_text,
        same_place: file.same_place,
    }
}

#[async_trait]
impl Journal for StoreJournal {
    async fn before_effect(&self, call: CallId, _number: u32) -> Result<(), PortError> {
        if self.held.holds(call, self.clock.now()) {
            return Ok(());
        }
        let failed = |error| PortError::caused("the journal cannot be read", error);
        let mut read = self.store.read().await.map_err(failed)?;
        match read.is_open(call).await.map_err(failed)? {
            Some(true) => Ok(()),
            Some(false) => Err(PortError::new("the call is closed already")),
            None => Err(PortError::new("the intent of this call is not durable")),
        }
    }

    async fn file(&self, file: &OutgoingFile) -> Result<Option<KnownFile>, PortError> {
        let failed = |error| PortError::caused("the names of files cannot be read", error);
        let mut read = self.store.read().await.map_err(failed)?;
        let file = read.put_file(named(file)).await.map_err(failed)?;
        Ok(file.map(known))
    }

    async fn keep_file(&self, call: CallId, file: &OutgoingFile) -> Result<KnownFile, PortError> {
        let failed = |error| PortError::caused("the name of a file cannot be kept", error);
        let draft = event("file.put", self.clock.now(), &Actor::sweep());
        let mut write = self.store.begin().await.map_err(failed)?;
        let file = write.keep_put_file(call, named(file), &draft).await;
        let file = file.map_err(failed)?;
        write.commit().await.map_err(failed)?;
        Ok(known(file))
    }
}

/// Persons in the store, settings in the grants.
pub(crate) struct StoreVault {
    pub(crate) store: Arc<Store>,
    pub(crate) plugins: Arc<Plugins>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[async_trait]
impl Vault for StoreVault {
    async fn tokens(&self, plugin: &str, numbers: &[String]) -> Result<Vec<String>, PortError> {
        let failed = |error| PortError::caused("the vault cannot make tokens", error);
        // Most persons of a feed are known, and readers wait for nobody.
        let mut read = self.store.read().await.map_err(failed)?;
        let known = read
            .known_tokens_of(plugin, numbers)
            .await
            .map_err(failed)?;
        drop(read);
        if let Some(tokens) = known {
            return Ok(tokens);
        }
        let draft = event("persons.tokenised", self.clock.now(), &Actor::sweep());
        let mut write = self.store.begin().await.map_err(failed)?;
        let tokens = write
            .tokens_for(plugin, numbers, &draft)
            .await
            .map_err(failed)?;
        write.commit().await.map_err(failed)?;
        Ok(tokens)
    }

    async fn numbers(
        &self,
        plugin: &str,
        tokens: &[String],
    ) -> Result<BTreeMap<String, Secret>, PortError> {
        let failed = |error| PortError::caused("the vault cannot be read", error);
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let mut read = self.store.read().await.map_err(failed)?;
        let numbers = read.numbers_behind(plugin, &tokens).await.map_err(failed)?;
        Ok(numbers
            .into_iter()
            .map(|(token, number)| (token, Secret::new(number.expose())))
            .collect())
    }

    async fn setting(&self, plugin: &str, name: &str) -> Result<Option<Setting>, PortError> {
        let Some(active) = self.plugins.active(plugin) else {
            return Ok(None);
        };
        let grant = active.revision.grant();
        if grant.secrets.contains_key(name) {
            return Ok(Some(Setting::Secret));
        }
        Ok(grant.settings.get(name).cloned().map(Setting::Plain))
    }

    async fn secret(&self, plugin: &str, name: &str) -> Result<Secret, PortError> {
        let active = self.plugins.active(plugin);
        let secret = active
            .as_ref()
            .and_then(|active| active.revision.grant().secret(name));
        let secret =
            secret.ok_or_else(|| PortError::new(format!("no secret `{name}` is granted")))?;
        let value = match (&secret.env, &secret.file) {
            (Some(variable), _) => std::env::var(variable).map_err(|error| {
                PortError::caused(format!("the variable {variable} is not set"), error)
            })?,
            (None, Some(file)) => tokio::fs::read_to_string(file)
                .await
                .map_err(|error| PortError::caused(format!("cannot read {file}"), error))?,
            (None, None) => String::new(),
        };
        Ok(Secret::new(value.strip_suffix('\n').unwrap_or(&value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SetClock;
    use credence_audit::ObjectRef;
    use credence_store::{CloseCall, EventDraft, KeyRing, OpenCall};
    use jiff::SignedDuration;
    use uuid::Uuid;

    const CALL: CallId = CallId(Uuid::from_u128(0xCA));

    fn opened(at: Timestamp) -> OpenCall {
        OpenCall {
            id: CALL,
            plugin: "tax".to_owned(),
            digest: "sha256-none".to_owned(),
            contract: "0.1.0".to_owned(),
            function: "apply".to_owned(),
            object: ObjectRef::new("step", "key"),
            subject: None,
            started_at: at,
            head: vec![1],
            step_key: Some("key".to_owned()),
            asking: false,
        }
    }

    fn closed(at: Timestamp) -> CloseCall {
        CloseCall {
            id: CALL,
            outcome: "abandoned".to_owned(),
            left_house: true,
            closed_at: at,
            record: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_request_leaves_only_for_a_call_that_is_open() {
        let dir = tempfile::tempdir().unwrap();
        let keys = KeyRing::open_or_create(dir.path()).unwrap();
        let store = Store::open(&dir.path().join("house.sqlite"), keys)
            .await
            .unwrap();
        let clock = Arc::new(SetClock::at("2026-11-23T01:00:00Z".parse().unwrap()));
        let held = Arc::new(Held::default());
        let journal = StoreJournal {
            store: Arc::new(store),
            clock: clock.clone(),
            held: held.clone(),
        };
        let may_leave = async || journal.before_effect(CALL, 1).await.is_ok();
        assert!(!may_leave().await, "its intent is not durable");

        let now = clock.now();
        let draft = |kind| EventDraft {
            call: Some(CALL),
            ..event(kind, now, &Actor::sweep())
        };
        let object = ObjectRef::new("step", "key");
        let mut write = journal.store.begin().await.unwrap();
        write.open_call(&opened(now)).await.unwrap();
        write.note(object.clone(), &draft("step.claimed")).unwrap();
        write.commit().await.unwrap();
        assert!(may_leave().await, "open, and held by nobody");

        let lease = SignedDuration::from_mins(10);
        held.take(CALL, now + lease);
        let mut write = journal.store.begin().await.unwrap();
        write.close_call(&closed(now)).await.unwrap();
        write.note(object, &draft("step.abandoned")).unwrap();
        write.commit().await.unwrap();
        assert!(may_leave().await, "the lease vouches for it");
        held.leave(CALL);
        assert!(!may_leave().await, "its claim was settled");
        held.take(CALL, now + lease);
        clock.set(now + lease);
        assert!(!may_leave().await, "the lease is over, and it was closed");
    }
}
