use pangolin_store::store::{ServiceUsers, Users};
use pangolin_store::*;
use uuid::Uuid;

use super::fixture::*;

const HUSH: &str = "hush-hush";

fn service_user() -> ServiceUser {
    ServiceUser {
        id: ServiceUserId::new(Uuid::from_u128(1)),
        tenant: ACME,
        name: name("etl"),
        description: None,
        api_key_hash: ApiKeyHash::new(HUSH).unwrap(),
        role: UserRole::TenantUser,
        created_at: Timestamp::EPOCH,
        created_by: UserId::new(Uuid::from_u128(1)),
        last_used: None,
        expires_at: None,
        active: true,
    }
}

/// All text of an error that a person can see.
fn shown(error: &StoreError) -> String {
    let mut shown = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        shown.push_str(&format!(" {error} {error:?}"));
        source = error.source();
    }
    shown
}

#[test]
fn a_value_that_violates_a_constraint_is_not_shown() {
    on_a_store(async |database, store| {
        furnish(store).await;
        database.run("ALTER TABLE service_users ADD CONSTRAINT none CHECK (NOT active)").await;
        let error = store.create_service_user(&service_user()).await.unwrap_err();
        let shown = shown(&error);
        assert!(shown.contains("23514") && shown.contains("none is broken"), "{shown}");
        assert!(!shown.contains(HUSH), "{shown}");
    });
}

#[test]
fn a_value_that_cannot_be_read_is_not_shown() {
    on_a_store(async |database, store| {
        furnish(store).await;
        store.create_service_user(&service_user()).await.unwrap();
        let spoil = format!("UPDATE service_users SET api_key_hash = repeat('{HUSH}', 100)");
        database.run(&spoil).await;
        let user = service_user();
        let error = store.get_service_user(ACME, user.id).await.unwrap_err();
        assert!(reason_of(&error).contains("ApiKeyHash"), "{}", reason_of(&error));
        assert!(!shown(&error).contains(HUSH), "{}", shown(&error));
    });
}

#[test]
fn a_missing_table_is_named() {
    on_a_store(async |database, store| {
        database.run("DROP TABLE users CASCADE").await;
        let error = store.get_user(UserId::new(Uuid::nil())).await.unwrap_err();
        assert!(reason_of(&error).contains("\"users\" does not exist"), "{}", reason_of(&error));
    });
}

fn reason_of(error: &StoreError) -> String {
    std::error::Error::source(error).unwrap().to_string()
}
