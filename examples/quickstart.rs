//! A catalog from its first tenant to a merge, on any store:
//!
//! ```text
//! cargo run --example quickstart                      # in memory
//! cargo run --example quickstart -- sqlite:catalog.db
//! cargo run --example quickstart -- postgres://USER@HOST/DATABASE
//! ```
//!
//! It deletes its tenant at the end, with all that is in it.

use std::error::Error;

use pangolin_store::*;
use uuid::Uuid;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "memory:".to_owned());
    // Whatever the URL names, the calls below give the same answers.
    let store = open(&url).await?;

    // A store makes up nothing: ids and times are the caller's.
    let acme = TenantId::new(id("acme"));
    let tenant = Tenant { id: acme, name: "acme".parse()?, properties: Default::default() };
    store.create_tenant(&tenant).await?;
    let lake: Name = "lake".parse()?;
    let catalog = Catalog {
        id: CatalogId::new(id("lake")),
        name: lake.clone(),
        kind: CatalogKind::Local,
        warehouse: None,
        storage_location: None,
        properties: Default::default(),
    };
    store.create_catalog(acme, &catalog).await?;
    let sales = Namespace { path: "sales".parse()?, properties: Default::default() };
    store.create_namespace(acme, &lake, &sales).await?;
    let orders = AssetRef {
        catalog: lake.clone(),
        branch: Branch::main().name,
        namespace: sales.path.clone(),
        name: "orders".parse()?,
    };
    let asset = Asset {
        id: AssetId::new(id("orders")),
        namespace: sales.path,
        name: orders.name.clone(),
        kind: AssetKind::IcebergTable,
        location: "s3://lake/orders".parse()?,
        metadata_location: None,
        properties: Default::default(),
    };
    store.create_asset(acme, &orders.branch_ref(), &asset).await?;
    println!("{url} holds {}", asset.place());

    // A table format commits by a compare-and-swap: of two writers, one learns that it is late.
    let first = MetadataSwap { expected: None, new: "s3://lake/orders/v1.json".parse()? };
    store.commit_metadata(acme, &orders, &first).await?;
    match store.commit_metadata(acme, &orders, &first).await {
        Err(StoreError::Conflict { reason: ConflictReason::Stale, .. }) => {
            println!("the second writer is late: it reads again, and retries");
        }
        other => return Err(format!("two writers won: {other:?}").into()),
    }

    // A branch copies its parent's assets. What is written to it stays there until it is merged.
    let (load, parent) = (Name::new("load")?, orders.branch.clone());
    let branch = NewBranch { name: load, kind: BranchKind::Ingest, parent, namespaces: None };
    store.create_branch(acme, &lake, &branch).await?;
    let on_load = AssetRef { branch: branch.name.clone(), ..orders.clone() };
    let second =
        MetadataSwap { expected: Some(first.new), new: "s3://lake/orders/v2.json".parse()? };
    store.commit_metadata(acme, &on_load, &second).await?;
    let seen = store.get_asset(acme, &orders).await?.and_then(|asset| asset.metadata_location);
    println!("before the merge, main has {seen:?}");

    // A merge begins with the conflicts that it finds, and can be completed when all are resolved.
    let merge = NewMerge {
        id: MergeId::new(id("merge")),
        source: branch.name,
        target: branch.parent,
        initiated_by: UserId::new(id("ann")),
        initiated_at: "2027-01-31T09:00:00Z".parse()?,
    };
    let begun = store.begin_merge(acme, &lake, &merge).await?;
    println!("the merge of {} into {} is {}", begun.source, begun.target, begun.status);
    let commit = MergeCommit {
        id: CommitId::new(id("commit")),
        author: "ann".parse()?,
        message: "Load January".parse()?,
        at: "2027-01-31T09:05:00Z".parse()?,
    };
    store.complete_merge(acme, &lake, merge.id, &commit).await?;
    let seen = store.get_asset(acme, &orders).await?.and_then(|asset| asset.metadata_location);
    println!("after the merge, main has {seen:?}");

    store.delete_tenant(acme).await?;
    Ok(())
}

/// An id that is the same in every run.
fn id(name: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}
