//! Secrets are never shown: not by `Debug`, not by errors.

use std::fmt::Debug;

use pangolin_store::*;
use serde_json::json;

use super::samples::{HIDDEN, at, id, name, properties, secret, text, vendings};

#[track_caller]
fn hides(value: &dyn Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        assert!(!shown.contains(HIDDEN), "{shown}");
        assert!(shown.contains('…'), "{shown} does not say that it hides something");
    }
}

fn hash() -> ApiKeyHash {
    ApiKeyHash::new(HIDDEN).unwrap()
}

#[test]
fn what_exposes_a_secret_says_so() {
    assert_eq!(secret().expose(), HIDDEN);
    assert_eq!(hash().expose(), HIDDEN);
}

#[test]
fn a_secret_and_a_hash_hide_themselves() {
    hides(&secret());
    hides(&hash());
    hides(&Some(secret()));
}

#[test]
fn warehouses_hide_their_keys() {
    for vending in vendings() {
        if matches!(vending, Vending::AwsSts { .. }) {
            continue;
        }
        hides(&vending);
        hides(&Warehouse {
            id: id(1),
            name: name("lake"),
            storage_config: properties(),
            vending: Some(vending.clone()),
        });
        hides(&WarehouseUpdate { vending: Some(Some(vending)), ..WarehouseUpdate::default() });
    }
}

#[test]
fn users_hide_their_password_hash() {
    hides(&User {
        id: id(1),
        tenant: None,
        username: name("ann"),
        email: text(""),
        password_hash: Some(secret()),
        oauth: None,
        role: UserRole::Root,
        active: true,
        created_at: at(0),
        updated_at: at(0),
        last_login: None,
    });
    hides(&UserUpdate {
        username: None,
        email: None,
        password_hash: Some(Some(secret())),
        oauth: None,
        role: None,
        active: None,
        last_login: None,
        updated_at: at(0),
    });
}

#[test]
fn service_users_hide_their_key_hash() {
    hides(&ServiceUser {
        id: id(1),
        tenant: id(2),
        name: name("etl"),
        description: None,
        api_key_hash: hash(),
        role: UserRole::TenantUser,
        created_at: at(0),
        created_by: id(3),
        last_used: None,
        expires_at: None,
        active: true,
    });
}

#[test]
fn settings_hide_the_mail_password() {
    hides(&Settings { smtp_password: Some(secret()), ..Settings::default() });
    let smtp_password = Some(Some(secret()));
    hides(&SettingsUpdate { smtp_password, ..SettingsUpdate::default() });
}

#[test]
fn errors_hide_a_secret_that_is_out_of_bounds() {
    for out_of_bounds in [HIDDEN.repeat(600), format!("{HIDDEN}\0")] {
        for invalid in [
            Secret::new(out_of_bounds.as_str()).unwrap_err(),
            ApiKeyHash::new(out_of_bounds.as_str()).unwrap_err(),
        ] {
            let error = StoreError::from(invalid.clone());
            for shown in [invalid.to_string(), error.to_string(), format!("{error:?}")] {
                assert!(!shown.contains(HIDDEN), "{shown}");
            }
        }
        for error in [
            serde_json::from_value::<Secret>(json!(out_of_bounds)).unwrap_err(),
            serde_json::from_value::<ApiKeyHash>(json!(out_of_bounds)).unwrap_err(),
        ] {
            assert!(!error.to_string().contains(HIDDEN), "{error}");
        }
    }
}

#[test]
fn errors_hide_a_secret_of_another_type() {
    let number = 31_337_u32;
    for error in [
        serde_json::from_value::<Secret>(json!(number)).unwrap_err(),
        serde_json::from_value::<ApiKeyHash>(json!(number)).unwrap_err(),
    ] {
        assert!(!error.to_string().contains(&number.to_string()), "{error}");
        assert!(error.to_string().contains("string"), "{error}");
    }
}
