//! System settings.

use pangolin_store::*;

use super::checks::{not_found, unchanged};
use super::fixtures::*;
use super::scenes::in_a_tenant;
use super::stores::Store;

async fn update(store: &Store, update: SettingsUpdate) -> Settings {
    store.update_settings(ACME, &update).await.unwrap()
}

fn full() -> Settings {
    Settings {
        allow_public_signup: true,
        default_warehouse_bucket: Some(text("lake")),
        default_retention_days: 0,
        smtp_host: Some(text("mail.example.com")),
        smtp_port: Some(587),
        smtp_user: Some(text("ann")),
        smtp_password: Some(secret("p%_\\'\"")),
    }
}

fn fill() -> SettingsUpdate {
    SettingsUpdate {
        allow_public_signup: Some(true),
        default_warehouse_bucket: Some(Some(text("lake"))),
        default_retention_days: Some(0),
        smtp_host: Some(Some(text("mail.example.com"))),
        smtp_port: Some(Some(587)),
        smtp_user: Some(Some(text("ann"))),
        smtp_password: Some(Some(secret("p%_\\'\""))),
    }
}

#[test]
fn defaults_apply_until_settings_are_set_even_for_a_missing_tenant() {
    in_a_tenant(async |store| {
        let defaults = Settings {
            allow_public_signup: false,
            default_warehouse_bucket: None,
            default_retention_days: 30,
            smtp_host: None,
            smtp_port: None,
            smtp_user: None,
            smtp_password: None,
        };
        for tenant in [ACME, NOBODY] {
            assert_eq!(store.get_settings(tenant).await.unwrap(), defaults);
        }
    });
}

#[test]
fn settings_come_back_as_they_were_set() {
    in_a_tenant(async |store| {
        assert_eq!(update(store, fill()).await, full());
        assert_eq!(store.get_settings(ACME).await.unwrap(), full());
    });
}

#[test]
fn the_first_update_leaves_the_defaults_of_what_it_does_not_name() {
    in_a_tenant(async |store| {
        let now =
            update(store, SettingsUpdate { smtp_port: Some(Some(0)), ..SettingsUpdate::default() });
        assert_eq!(now.await, Settings { smtp_port: Some(0), ..Settings::default() });
    });
}

#[test]
fn an_update_leaves_what_it_does_not_name() {
    in_a_tenant(async |store| {
        update(store, fill()).await;
        assert_eq!(update(store, SettingsUpdate::default()).await, full());
        let change = SettingsUpdate {
            default_retention_days: Some(u32::MAX),
            smtp_port: Some(Some(u16::MAX)),
            ..SettingsUpdate::default()
        };
        let expected =
            Settings { default_retention_days: u32::MAX, smtp_port: Some(u16::MAX), ..full() };
        assert_eq!(update(store, change).await, expected);
        assert_eq!(store.get_settings(ACME).await.unwrap(), expected);
    });
}

#[test]
fn an_update_empties_what_may_be_empty() {
    in_a_tenant(async |store| {
        update(store, fill()).await;
        let empty = SettingsUpdate {
            allow_public_signup: Some(false),
            default_warehouse_bucket: Some(None),
            default_retention_days: Some(30),
            smtp_host: Some(None),
            smtp_port: Some(None),
            smtp_user: Some(None),
            smtp_password: Some(None),
        };
        assert_eq!(update(store, empty).await, Settings::default());
        assert_eq!(store.get_settings(ACME).await.unwrap(), Settings::default());
    });
}

#[test]
fn an_empty_text_is_not_none() {
    in_a_tenant(async |store| {
        let blank = SettingsUpdate {
            default_warehouse_bucket: Some(Some(text(""))),
            smtp_host: Some(Some(text(""))),
            smtp_user: Some(Some(text(""))),
            ..SettingsUpdate::default()
        };
        let now = update(store, blank).await;
        assert_eq!(now.smtp_host, Some(text("")));
        assert_eq!(store.get_settings(ACME).await.unwrap(), now);
    });
}

#[test]
fn an_update_checks_the_tenant() {
    in_a_tenant(async |store| {
        unchanged(store, async || {
            not_found(Entity::Tenant, store.update_settings(NOBODY, &fill()).await);
        })
        .await;
        assert_eq!(store.get_settings(NOBODY).await.unwrap(), Settings::default());
    });
}

#[test]
fn settings_belong_to_one_tenant() {
    in_a_tenant(async |store| {
        store.create_tenant(&tenant(2, "globex")).await.unwrap();
        update(store, fill()).await;
        assert_eq!(store.get_settings(GLOBEX).await.unwrap(), Settings::default());
    });
}
