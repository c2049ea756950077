//! An error names its subject and shows no secret.

use std::error::Error;

use pangolin_store::*;

use super::fixtures::*;
use super::scenes::{in_a_catalog, in_a_tenant};
use super::stores::{Store, on_every_store};

/// All text of an error: its message, its fields, and its causes.
fn shown<T>(result: Result<T>) -> String {
    let error = result.err().expect("the call fails");
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(error) = source {
        shown += &format!(" {error} {error:?}");
        source = error.source();
    }
    shown
}

#[test]
fn an_error_names_what_is_missing() {
    in_a_catalog(async |store| {
        let gone = name("the-one-that-is-gone");
        let ns = NamespacePath::new([gone.clone()]).unwrap();
        for error in [
            shown(store.delete_tenant(NOBODY).await),
            shown(store.delete_warehouse(ACME, &gone).await),
            shown(store.delete_catalog(ACME, &gone).await),
            shown(store.delete_namespace(ACME, &name("sales"), &ns).await),
            shown(store.delete_branch(ACME, &name("sales"), &gone).await),
            shown(store.delete_tag(ACME, &name("sales"), &gone).await),
            shown(store.delete_asset(ACME, &asset_ref("main", ["ns"], &gone)).await),
            shown(store.delete_role(ACME, id(404)).await),
            shown(store.delete_user(id(404)).await),
        ] {
            let id = NOBODY.to_string();
            assert!(error.contains(gone.as_str()) || error.contains(&id), "{error}");
        }
    });
}

#[test]
fn an_error_names_what_is_taken() {
    in_a_catalog(async |store| {
        let taken = shown(store.create_catalog(ACME, &catalog(2, "sales")).await);
        assert!(taken.contains("catalog sales already exists"), "{taken}");
        let taken = shown(store.create_tenant(&tenant(2, "acme")).await);
        assert!(taken.contains("tenant acme already exists"), "{taken}");
    });
}

#[test]
fn an_error_hides_the_hash_that_is_taken() {
    in_a_tenant(async |store| {
        let hidden = hash("hunter2");
        let first = ServiceUser { api_key_hash: hidden.clone(), ..service_user(1, "etl") };
        store.create_service_user(&first).await.unwrap();
        let second = ServiceUser { api_key_hash: hidden.clone(), ..service_user(2, "bi") };
        let created = shown(store.create_service_user(&second).await);
        store.create_service_user(&service_user(2, "bi")).await.unwrap();
        let rotated = shown(store.rotate_api_key(ACME, id(2), &hidden).await);
        for error in [created, rotated] {
            assert!(!error.contains("hunter2"), "{error}");
        }
    });
}

#[test]
fn an_error_hides_the_secrets_of_what_was_not_written() {
    on_every_store(async |store: &Store| {
        let hidden = secret("hunter2");
        let user = User { password_hash: Some(hidden.clone()), ..user(1, "ann") };
        let smtp_password = Some(Some(hidden.clone()));
        let settings = SettingsUpdate { smtp_password, ..SettingsUpdate::default() };
        let vending = Some(Vending::AzureSas { account_name: text("a"), account_key: hidden });
        let warehouse = Warehouse { vending, ..warehouse(1, "lake") };
        for error in [
            shown(store.create_user(&user).await),
            shown(store.update_settings(ACME, &settings).await),
            shown(store.create_warehouse(ACME, &warehouse).await),
        ] {
            assert!(!error.contains("hunter2"), "{error}");
        }
    });
}
