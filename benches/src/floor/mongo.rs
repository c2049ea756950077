//! The mongodb driver: a read is one command that uses an index, a write is one command in a transaction.

use anyhow::{Context, Result};
use async_trait::async_trait;
use bson::oid::ObjectId;
use bson::{Binary, Bson, Document, doc, spec::BinarySubtype};
use futures_util::TryStreamExt;
use mongodb::options::{Acknowledgment, ClientOptions, ReadConcern, WriteConcern};
use mongodb::{Client, ClientSession, Collection, Database};
use pangolin_store::CommitId;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::Floor;
use crate::call::{COMMON, Call, DEEP, NOWHERE, audit_filter};
use crate::rows::{self, CATALOG, NEEDLE, READ, Sort, TENANT, WRITTEN};
use crate::scene::Scene;

/// A separate client of the store's database.
pub struct MongoFloor {
    database: Database,
    /// The key of `main`, and of its catalog.
    main: OnceCell<(ObjectId, Bson)>,
}

impl MongoFloor {
    /// Connects.
    ///
    /// # Errors
    /// The driver's error.
    pub async fn open(url: &str, database: &str) -> Result<Self> {
        let mut options = ClientOptions::parse(url).await?;
        // The store's settings: reads see acknowledged data only, and writes are durable.
        options.read_concern = Some(ReadConcern::snapshot());
        let durable = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
        options.write_concern = Some(durable);
        let database = Client::with_options(options)?.database(database);
        Ok(Self { database, main: OnceCell::new() })
    }

    fn collection(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }

    async fn branch(&self, name: &str) -> Result<Document> {
        let this = doc! { "tenant": id(TENANT.uuid()), "catalog_name": CATALOG, "name": name };
        self.collection("branches").find_one(this).await?.context("the branch exists")
    }

    async fn main(&self) -> Result<&(ObjectId, Bson)> {
        let find = || async {
            let branch = self.branch("main").await?;
            let catalog = branch.get("catalog").cloned().unwrap_or_default();
            Ok((branch.get_object_id("_id")?, catalog))
        };
        self.main.get_or_try_init(find).await
    }

    async fn begin(&self) -> Result<ClientSession> {
        let mut session = self.database.client().start_session().await?;
        session.start_transaction().await?;
        Ok(session)
    }

    async fn insert(&self, collection: &str, row: Document) -> Result<usize> {
        let mut session = self.begin().await?;
        self.collection(collection).insert_one(row).session(&mut session).await?;
        session.commit_transaction().await?;
        Ok(1)
    }

    async fn one(&self, collection: &str, this: Document) -> Result<usize> {
        Ok(self.collection(collection).find_one(this).await?.iter().count())
    }

    async fn page(&self, collection: &str, of: Document, order: Document) -> Result<usize> {
        let collection = self.collection(collection);
        let found = collection.find(of).sort(order).limit(100).batch_size(1000).await?;
        Ok(found.try_collect::<Vec<_>>().await?.len())
    }

    /// The assets whose names contain a text, found by the parts that begin at each character of a name.
    async fn search_index(&self, text: &str) -> Result<usize> {
        let begun = doc! { "$gte": text, "$lt": format!("{text}\u{10ffff}") };
        let of = doc! { "tenant": id(TENANT.uuid()), "grams": { "$elemMatch": begun } };
        self.page("assets", of, doc! { "content.namespace": 1, "content.name": 1 }).await
    }

    async fn search_tags(&self, tags: &[&str]) -> Result<usize> {
        let (main, _) = self.main().await?;
        let stages = [
            doc! { "$match": { "tenant": id(TENANT.uuid()), "tags": { "$all": tags } } },
            doc! { "$lookup": {
                "from": "assets", "localField": "asset", "foreignField": "asset",
                "pipeline": [{ "$match": { "branch": main } }], "as": "row",
            } },
            doc! { "$unwind": "$row" },
            doc! { "$sort": { "row.content.namespace": 1, "row.content.name": 1 } },
            doc! { "$limit": 100 },
        ];
        let metadata = self.collection("business_metadata");
        let tagged = metadata.aggregate(stages).batch_size(1000).await?;
        Ok(tagged.try_collect::<Vec<_>>().await?.len())
    }
}

#[async_trait]
impl Floor for MongoFloor {
    async fn make(&self, call: Call, scene: &Scene, turn: u64) -> Result<usize> {
        let people = scene.size / 10;
        let row = |of| scene.row(turn, of);
        let tenant = id(TENANT.uuid());
        let (main, catalog) = self.main().await?;
        let user = || audit_filter(turn).user.map(|user| id(user.uuid()));
        match call {
            Call::AssetByName => {
                let name = rows::asset_name(row(scene.size), scene.size);
                let this = doc! { "branch": main, "content.namespace": READ, "content.name": name };
                self.one("assets", this).await
            }
            Call::AssetById => {
                let asset = id(rows::asset_id(row(scene.size)).uuid());
                self.one("assets", doc! { "branch": main, "asset": asset }).await
            }
            Call::ServiceUserByKey => {
                let hash = rows::key_hash(row(people));
                self.one("service_users", doc! { "api_key_hash": hash.expose() }).await
            }
            Call::UserByName => {
                let name = format!("user_{:06}", row(people));
                self.one("users", doc! { "username": name }).await
            }
            Call::IsRevoked => {
                let token = id(rows::id(Sort::Person, row(people)));
                self.one("revocations", doc! { "tenant": tenant, "token": token }).await
            }
            Call::Settings => self.one("tenants", doc! { "_id": tenant }).await,
            Call::CreateAsset => {
                let number = scene.fresh();
                let asset = rows::asset(number, WRITTEN, &format!("arrival_{number:09}"));
                let name = asset.name.as_str();
                let row = doc! {
                    "branch": main, "asset": id(asset.id.uuid()), "tenant": tenant,
                    "catalog": catalog, "folded": name, "grams": grams(name),
                    "content": {
                        "namespace": WRITTEN, "name": name, "kind": asset.kind.to_string(),
                        "location": asset.location.as_str(),
                        "metadata_location": asset.metadata_location.as_ref().map(|text| text.as_str()),
                        "properties": serde_json::to_string(&asset.properties)?,
                    },
                };
                self.insert("assets", row).await
            }
            Call::CommitMetadata => {
                let (asset, version) = scene.swap(turn);
                let this = doc! {
                    "branch": main, "content.namespace": READ,
                    "content.name": rows::asset_name(asset, scene.size),
                    "content.metadata_location": format!("v{version}"),
                };
                let new =
                    doc! { "$set": { "content.metadata_location": format!("v{}", version + 1) } };
                let mut session = self.begin().await?;
                let assets = self.collection("assets");
                let swapped = assets.find_one_and_update(this, new).session(&mut session).await?;
                session.commit_transaction().await?;
                Ok(swapped.iter().count())
            }
            Call::LogAuditEvent => {
                let event = rows::event(scene.fresh());
                let row = doc! {
                    "tenant": tenant, "id": id(event.id.uuid()),
                    "user": event.user.map(|user| id(user.uuid())),
                    "username": event.username.as_str(), "action": event.action.to_string(),
                    "resource_type": event.resource_type.to_string(),
                    "resource_id": event.resource_id.map(|resource| id(resource.uuid())),
                    "resource_name": event.resource_name.as_str(),
                    "timestamp": event.timestamp.micros(),
                    "ip_address": event.ip_address.as_ref().map(|text| text.as_str()),
                    "user_agent": event.user_agent.as_ref().map(|text| text.as_str()),
                    "result": event.result.to_string(), "error_message": Bson::Null,
                    "metadata": event.metadata.as_ref().map(|json| json.value().to_string()),
                };
                self.insert("audit_events", row).await
            }
            Call::UpsertMetadata => {
                let number = row(scene.size / 100);
                let write = rows::metadata(number, scene.fresh());
                let tags: Vec<&str> = write.tags.items().iter().map(|tag| tag.as_str()).collect();
                let by = id(write.by.uuid());
                let description = write.description.as_ref().map(|text| text.as_str());
                let update = doc! {
                    "$set": {
                        "description": description, "folded": description, "tags": tags,
                        "properties": write.properties.value().to_string(),
                        "discoverable": write.discoverable, "updated_by": by.clone(),
                        "updated_at": write.at.micros(),
                    },
                    "$setOnInsert": { "created_by": by, "created_at": write.at.micros() },
                };
                let this = doc! { "tenant": tenant, "asset": id(rows::asset_id(number).uuid()) };
                let mut session = self.begin().await?;
                let metadata = self.collection("business_metadata");
                let upsert = metadata.find_one_and_update(this, update).upsert(true);
                upsert.session(&mut session).await?;
                session.commit_transaction().await?;
                Ok(1)
            }
            Call::FirstPage | Call::DeepPage => {
                let after = if call == Call::DeepPage { DEEP } else { "" };
                let of = doc! {
                    "branch": main, "content.namespace": READ, "content.name": { "$gt": after },
                };
                self.page("assets", of, doc! { "content.name": 1 }).await
            }
            Call::AuditPage => {
                let of = doc! { "tenant": tenant, "user": user() };
                self.page("audit_events", of, doc! { "timestamp": -1, "id": -1 }).await
            }
            Call::AuditCount => {
                let of = doc! { "tenant": tenant, "user": user() };
                Ok(usize::try_from(self.collection("audit_events").count_documents(of).await?)?)
            }
            Call::SearchRare => self.search_index(NEEDLE).await,
            Call::SearchNone => self.search_index(NOWHERE).await,
            Call::SearchCommon => {
                let of = doc! {
                    "branch": main, "content.name": { "$gt": "" }, "folded": { "$regex": COMMON },
                };
                let order = doc! { "content.namespace": 1, "content.name": 1 };
                self.page("assets", of, order).await
            }
            Call::SearchTwoTags => self.search_tags(&["gold", "reviewed"]).await,
        }
    }

    /// An asset whose branch is looked up by its name in the same command.
    async fn by_hand(&self, call: Call, scene: &Scene, turn: u64) -> Result<usize> {
        let number = scene.row(turn, scene.size);
        let this = match call {
            Call::AssetById => doc! { "asset": id(rows::asset_id(number).uuid()) },
            _ => doc! {
                "content.namespace": READ, "content.name": rows::asset_name(number, scene.size),
            },
        };
        let stages = [
            doc! { "$match": {
                "tenant": id(TENANT.uuid()), "catalog_name": CATALOG, "name": "main",
            } },
            doc! { "$lookup": {
                "from": "assets", "localField": "_id", "foreignField": "branch",
                "pipeline": [{ "$match": this }], "as": "row",
            } },
            doc! { "$project": { "row.asset": 1, "row.content": 1 } },
        ];
        let found = self.collection("branches").aggregate(stages).await?;
        Ok(found.try_collect::<Vec<_>>().await?.len())
    }

    async fn copy_main(&self, branch: &str) -> Result<()> {
        let (main, _) = self.main().await?;
        let key = ObjectId::new();
        let mut branch_row = self.branch("main").await?;
        branch_row.extend(doc! { "_id": key, "name": branch, "kind": "ingest", "parent": "main" });
        // Only assets on `main` have the parts by which a search finds them.
        let row = doc! {
            "_id": 0, "branch": key, "asset": 1, "tenant": 1, "catalog": 1, "folded": 1,
            "content": 1, "base": "$content",
        };
        let copy = [
            doc! { "$match": { "branch": main, "content.name": { "$gt": "" } } },
            doc! { "$project": row },
            doc! { "$merge": {
                "into": "assets", "on": ["branch", "asset"], "whenMatched": "fail",
            } },
        ];
        let assets = self.collection("assets");
        assets.aggregate(copy).read_concern(ReadConcern::local()).await?;
        self.collection("branches").insert_one(branch_row).await?;
        Ok(())
    }

    async fn take_changes(&self, branch: &str, commit: CommitId, operations: &str) -> Result<()> {
        let (main, catalog) = self.main().await?;
        let source = self.branch(branch).await?.get_object_id("_id")?;
        let changed = doc! { "branch": source, "$expr": { "$ne": ["$content", "$base"] } };
        let take = [
            doc! { "$match": changed.clone() },
            doc! { "$project": { "_id": 0, "branch": main, "asset": 1, "content": 1 } },
            doc! { "$merge": {
                "into": "assets", "on": ["branch", "asset"], "whenMatched": "merge",
            } },
        ];
        let assets = self.collection("assets");
        assets.aggregate(take).read_concern(ReadConcern::local()).await?;
        let remember = vec![doc! { "$set": { "base": "$content" } }];
        assets.update_many(changed, remember).await?;
        let body = doc! {
            "of": { "catalog": catalog, "id": id(commit.uuid()) }, "part": 0_i64, "catalog": catalog,
            "operations": operations, "author": "ada", "message": "merge",
        };
        self.collection("commit_bodies").insert_one(body).await?;
        Ok(())
    }
}

/// The parts by which the store finds a name: one begins at each character, here of one byte each.
fn grams(name: &str) -> Vec<&str> {
    (0..name.len()).map(|start| &name[start..name.len().min(start + 16)]).collect()
}

fn id(uuid: Uuid) -> Bson {
    let bytes = uuid.into_bytes().to_vec();
    Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes })
}
