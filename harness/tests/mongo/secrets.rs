use std::error::Error;

use mongodb::bson::doc;
use pangolin_store::mongo::MongoOptions;
use pangolin_store::store::ServiceUsers;
use pangolin_store::{
    ApiKeyHash, MongoStore, ServiceUser, ServiceUserId, StoreError, Timestamp, UserId, UserRole,
};
use uuid::Uuid;

use super::fixture::{ACME, furnish, in_a_database, name};

const SECRET: &str = "s3cr3t-0123456789";

fn service_user(id: u128, called: &str) -> ServiceUser {
    ServiceUser {
        id: ServiceUserId::new(Uuid::from_u128(id)),
        tenant: ACME,
        name: name(called),
        description: None,
        api_key_hash: ApiKeyHash::new(SECRET).unwrap(),
        role: UserRole::TenantUser,
        created_at: Timestamp::EPOCH,
        created_by: UserId::new(Uuid::from_u128(1)),
        last_used: None,
        expires_at: None,
        active: true,
    }
}

/// The whole text of an error, for display and for debugging, with its causes.
fn all_of(error: &StoreError) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(" {error} {error:?}");
        cause = error.source();
    }
    text
}

#[tokio::test]
async fn a_hash_that_is_taken_is_not_shown() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        furnish(&store).await;
        store.create_service_user(&service_user(1, "etl")).await.unwrap();
        let error = store.create_service_user(&service_user(2, "other")).await.unwrap_err();
        assert!(matches!(error, StoreError::AlreadyExists { .. }), "{error:?}");
        assert!(!all_of(&error).contains(SECRET), "{}", all_of(&error));
    })
    .await;
}

#[tokio::test]
async fn the_error_for_a_corrupt_document_names_its_field_and_not_its_values() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        furnish(&store).await;
        store.create_service_user(&service_user(1, "etl")).await.unwrap();
        let spoil = doc! { "$set": { "role": SECRET } };
        fresh.collection("service_users").update_one(doc! {}, spoil).await.unwrap();
        let id = ServiceUserId::new(Uuid::from_u128(1));
        let error = store.get_service_user(ACME, id).await.unwrap_err();
        let text = all_of(&error);
        assert!(text.contains("`role`") && !text.contains(SECRET), "{text}");
    })
    .await;
}

#[tokio::test]
async fn what_the_server_refuses_is_reported_by_its_code_only() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        furnish(&store).await;
        let validator = doc! { "$jsonSchema": { "required": ["approved"] } };
        let strict = doc! { "collMod": "service_users", "validator": validator };
        fresh.raw.run_command(strict).await.unwrap();
        let error = store.create_service_user(&service_user(1, "etl")).await.unwrap_err();
        let text = all_of(&error);
        assert!(text.contains("121") && !text.contains(SECRET), "{text}");
    })
    .await;
}

#[tokio::test]
async fn a_password_that_the_server_refuses_is_not_shown() {
    in_a_database(async |fresh| {
        let login = format!("mongodb://me:{SECRET}@");
        let options: MongoOptions = fresh.url().replacen("mongodb://", &login, 1).parse().unwrap();
        let error = MongoStore::open(options.clone()).await.unwrap_err();
        let text = all_of(&error) + &format!("{options:?}");
        assert!(!text.contains(SECRET), "{text}");
    })
    .await;
}

#[tokio::test]
async fn a_store_shows_its_database_and_nothing_of_its_server() {
    in_a_database(async |fresh| {
        let store = fresh.open().await;
        let text = format!("{store:?}");
        assert!(text.contains(fresh.raw.name()) && !text.contains("mongodb://"), "{text}");
    })
    .await;
}
