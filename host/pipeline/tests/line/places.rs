//! Directories that operators grant: each belongs to one plugin and to one purpose.

use crate::{
    house::{Line, actor, plugin},
    transport::yard::{grant, make_folders},
};
use std::{fs, os::unix::fs::symlink};

/// Installs the transport plugin beside the tax plugin, which watches `watched`, under
/// this grant. Gives why it was refused.
async fn refusal(line: &Line, grant: &str) -> String {
    let component = plugin("transport");
    let by = actor();
    match line.house.install(component, "grant", grant, &by).await {
        Ok(_) => "installed".to_owned(),
        Err(error) => error.to_string(),
    }
}

async fn watching(line: &Line, place: &str) {
    let more = format!("[intake.penalties]\nfolder = \"{place}\"\n");
    line.install_with(plugin("tax"), &more).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_another_plugin_has_is_refused_however_it_is_spelled() {
    let line = Line::start().await;
    let dir = line.dir.path();
    make_folders(dir);
    symlink(dir.join("overloads-in"), dir.join("link")).unwrap();
    let granted = grant(dir);
    for (place, table) in [
        ("overloads-in", "[intake.overloads]"),
        ("link", "[intake.overloads]"),
        ("./orders-out/../overloads-in/", "[intake.overloads]"),
        ("acknowledgements-in", "[intake.acknowledgements]"),
        // What goes out for one department must not come in for another.
        ("orders-out", "[folders.orders-out]"),
    ] {
        watching(&line, &format!("{}/{place}", dir.display())).await;
        let refusal = refusal(&line, &granted).await;
        assert!(
            refusal.contains(&format!("{table} of plugin `transport`"))
                && refusal.contains("[intake.penalties] of plugin `tax`"),
            "{place}: {refusal}"
        );
        assert_eq!(line.house.plugins_not_loaded(), []);
    }
    fs::create_dir(dir.join("penalties-in")).unwrap();
    let own = format!("{}/penalties-in", dir.display());
    watching(&line, &own).await;
    assert_eq!(refusal(&line, &granted).await, "installed");
    // The other way round, and the same plugin again.
    let taken = format!("[intake.penalties]\nfolder = \"{}/link\"\n", dir.display());
    let refused = line
        .try_install_at(&line.address, plugin("tax"), &taken)
        .await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("of plugin `transport`"), "{refused}");
    watching(&line, &own).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_spellings_of_one_directory_are_refused_in_one_grant() {
    let line = Line::start().await;
    let dir = line.dir.path();
    make_folders(dir);
    symlink(dir.join("orders-out"), dir.join("link")).unwrap();
    let granted = grant(dir).replace("/overloads-in", "/link");
    let refusal = refusal(&line, &granted).await;
    assert!(
        refusal.contains("[folders.orders-out] of plugin `transport`")
            && refusal.contains("[intake.overloads] of plugin `transport`"),
        "{refusal}"
    );
}
