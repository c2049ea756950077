//! Brings a database to the newest schema.

use std::time::Duration;

use bson::oid::ObjectId;
use bson::{Bson, Document, doc};
use futures_util::future::try_join_all;
use mongodb::Database;
use mongodb::options::{ReadConcern, ReturnDocument};
use tokio::time::{Instant, sleep};

use super::error::{OpenError, is_duplicate};
use super::grams;
use super::schema::{Collection, GRAMS, NEWEST, STEPS};
use super::value::Fields;
use crate::Result;
use crate::events::MONGO;

/// The collection whose one document says which schema the others have, and which process migrates it.
const SCHEMA: &str = "schema";
const KEY: &str = "pangolin-store";
/// How long a step may take before others assume that its process has ended. Each step renews it.
const LEASE_MILLIS: i64 = 60_000;
/// How long to wait for a process that migrates.
const PATIENCE: Duration = Duration::from_secs(120);

/// Runs the steps that the database does not have yet. Other processes may be doing the same.
pub(super) async fn migrate(database: &Database) -> Result<()> {
    if inspect(database).await? == Some(NEWEST) {
        return Ok(());
    }
    begin(database).await?;
    let holder = ObjectId::new();
    let mut version = lock(database, holder).await?;
    if version < NEWEST {
        MONGO.migration_begun(version, NEWEST);
    }
    while let Some(step) = usize::try_from(version).ok().and_then(|done| STEPS.get(done)) {
        if version == GRAMS {
            grams::fill(database).await?;
        }
        try_join_all(step.iter().map(|collection| create(database, collection))).await?;
        version += 1;
        advance(database, holder, version).await?;
        MONGO.migration_step(version);
    }
    unlock(database, holder).await
}

/// The schema version of the database, if it has one. Refuses one that is newer than this version.
async fn inspect(database: &Database) -> Result<Option<i32>> {
    let schema = database.collection::<Document>(SCHEMA);
    // A read of a snapshot fails on a collection that is newer than the snapshot; this read waits.
    let schema = schema.find_one(doc! { "_id": KEY }).read_concern(ReadConcern::majority());
    let Some(schema) = schema.await? else { return Ok(None) };
    check(database, schema.read("version")?).map(Some)
}

fn check(database: &Database, found: i32) -> Result<i32> {
    if found > NEWEST {
        let database = database.name().to_owned();
        return Err(OpenError::Newer { database, found, known: NEWEST }.into());
    }
    Ok(found)
}

/// Marks the database as one of this store. Refuses one of another program.
async fn begin(database: &Database) -> Result<()> {
    if inspect(database).await?.is_some() {
        return Ok(());
    }
    if is_foreign(database).await? {
        return Err(OpenError::Foreign { database: database.name().to_owned() }.into());
    }
    let schema = doc! { "_id": KEY, "version": 0, "holder": Bson::Null, "until": Bson::Null };
    match database.collection::<Document>(SCHEMA).insert_one(schema).await {
        // Another process was faster.
        Err(error) if is_duplicate(&error) => Ok(()),
        outcome => Ok(outcome.map(drop)?),
    }
}

/// Whether the database has something of another program.
async fn is_foreign(database: &Database) -> Result<bool> {
    let collections = database.list_collection_names().await?;
    if collections.iter().any(|name| name != SCHEMA) {
        // Another process may have marked it, and created them, since it was inspected.
        return Ok(inspect(database).await?.is_none());
    }
    // Another process that opens the database creates this collection before its mark is in it, and a
    // majority has the mark still later.
    let schema = database.collection::<Document>(SCHEMA);
    let others = schema.find_one(doc! { "_id": { "$ne": KEY } });
    Ok(others.read_concern(ReadConcern::local()).await?.is_some())
}

/// Waits until no other process migrates; returns the version that the database has then.
async fn lock(database: &Database, holder: ObjectId) -> Result<i32> {
    let deadline = Instant::now() + PATIENCE;
    let schema = database.collection::<Document>(SCHEMA);
    let is_free = doc! { "$lt": [{ "$ifNull": ["$until", "$$NOW"] }, { "$add": ["$$NOW", 1] }] };
    loop {
        let free = doc! { "_id": KEY, "$expr": &is_free };
        let take = schema.find_one_and_update(free, vec![lease(holder)]);
        if let Some(schema) = take.return_document(ReturnDocument::After).await? {
            return check(database, schema.read("version")?);
        }
        if Instant::now() >= deadline {
            let database = database.name().to_owned();
            return Err(OpenError::Busy { database, seconds: PATIENCE.as_secs() }.into());
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// The update that holds the lock from now on, by the server's clock.
fn lease(holder: ObjectId) -> Document {
    doc! { "$set": { "holder": holder, "until": { "$add": ["$$NOW", LEASE_MILLIS] } } }
}

async fn advance(database: &Database, holder: ObjectId, version: i32) -> Result<()> {
    let update =
        vec![doc! { "$set": { "version": { "$max": ["$version", version] } } }, lease(holder)];
    let ours = doc! { "_id": KEY, "holder": holder };
    database.collection::<Document>(SCHEMA).update_one(ours, update).await?;
    Ok(())
}

async fn unlock(database: &Database, holder: ObjectId) -> Result<()> {
    let update = doc! { "$set": { "holder": Bson::Null, "until": Bson::Null } };
    let ours = doc! { "_id": KEY, "holder": holder };
    database.collection::<Document>(SCHEMA).update_one(ours, update).await?;
    Ok(())
}

/// Creates a collection and its indexes, if they do not exist.
async fn create(database: &Database, collection: &Collection) -> Result<()> {
    let indexes: Vec<_> = collection.indexes.iter().map(|index| index.specification()).collect();
    if indexes.is_empty() {
        // So that no transaction has to create it; nothing is lost if it exists already.
        let key = doc! { "key": { "_id": 1 }, "name": "_id_" };
        database.run_command(doc! { "createIndexes": collection.name, "indexes": [key] }).await?;
        return Ok(());
    }
    let command = doc! { "createIndexes": collection.name, "indexes": indexes };
    database.run_command(command).await?;
    Ok(())
}
