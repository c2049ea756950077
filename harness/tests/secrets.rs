//! Secrets leave the harness as fingerprints only.

#![allow(clippy::unwrap_used)]

use pangolin_parity::contract::reply::Reply;
use pangolin_parity::generate::entropy;
use pangolin_parity::generate::{self, Scope};
use pangolin_store::*;
use uuid::Uuid;

const MARK: &str = "do-not-show-me";

fn secret() -> Secret {
    Secret::new(MARK).unwrap()
}

/// The text that the harness shows of an entity with secrets.
fn shown(reply: Reply) -> String {
    let shown = reply.to_value().to_string();
    assert!(!shown.contains(MARK), "{shown}");
    assert!(!format!("{reply:?}").contains(MARK));
    shown
}

#[test]
fn no_entity_shows_its_secrets() {
    let text: Text = "x".parse().unwrap();
    let id = Uuid::from_u128(1);
    for vending in [
        Vending::AwsStatic { access_key_id: text.clone(), secret_access_key: secret() },
        Vending::AzureSas { account_name: text.clone(), account_key: secret() },
        Vending::GcpDownscoped { service_account_email: text.clone(), private_key: secret() },
    ] {
        shown(Reply::new(vec![Warehouse {
            id: id.into(),
            name: "w".parse().unwrap(),
            storage_config: Properties::default(),
            vending: Some(vending),
        }]));
    }
    let settings = Settings { smtp_password: Some(secret()), ..Settings::default() };
    assert!(shown(Reply::new(settings)).contains("secret:"));
    shown(Reply::new(Some(User {
        id: id.into(),
        tenant: None,
        username: "u".parse().unwrap(),
        email: text,
        password_hash: Some(secret()),
        oauth: None,
        role: UserRole::Root,
        active: true,
        created_at: Timestamp::EPOCH,
        updated_at: Timestamp::EPOCH,
        last_login: None,
    })));
    shown(Reply::new(Some(ServiceUser {
        id: id.into(),
        tenant: id.into(),
        name: "s".parse().unwrap(),
        description: None,
        api_key_hash: ApiKeyHash::new(MARK).unwrap(),
        role: UserRole::TenantUser,
        created_at: Timestamp::EPOCH,
        created_by: id.into(),
        last_used: None,
        expires_at: None,
        active: true,
    })));
}

#[test]
fn different_secrets_have_different_fingerprints() {
    let settings = |secret| Settings { smtp_password: Some(secret), ..Settings::default() };
    let one = shown(Reply::new(settings(secret())));
    let other = shown(Reply::new(settings(Secret::new("another").unwrap())));
    assert_ne!(one, other);
}

/// A panic message or a log may contain a call.
#[test]
fn debug_of_a_call_shows_no_secret() {
    for case in 0..100 {
        let trace = generate::case(&mut entropy::of_case(9, case), &Scope::default());
        for step in &trace.steps {
            let debug = format!("{step:?}");
            assert!(!debug.contains("hunter2") && !debug.contains("hash-"), "{debug}");
        }
    }
}
