//! Writes whose half is visible.

use futures_util::future::join;

use super::scene::*;
use crate::fixtures::*;

#[test]
fn half_of_a_branch_is_there_while_it_is_deleted() {
    with("branch-deleted-in-parts", async |store| {
        branch_off(store).await;
        let (catalog, dev) = (sales(), name("dev"));
        let (deleted, seen) =
            join(store.delete_branch(ACME, &catalog, &dev), names_on(store, "dev")).await;
        assert!(deleted.is_ok());
        assert_eq!(seen.len(), 1);
    });
}

#[test]
fn half_of_a_catalog_is_there_while_it_is_deleted() {
    with("catalog-deleted-in-parts", async |store| {
        let catalog = sales();
        let (deleted, seen) =
            join(store.delete_catalog(ACME, &catalog), names_on(store, "main")).await;
        assert!(deleted.is_ok());
        assert_eq!(seen.len(), 1);
    });
}

#[test]
fn a_branch_is_there_before_its_assets_are() {
    with("branch-copied-in-parts", async |store| {
        let (catalog, dev, new) = (sales(), name("dev"), ingest("dev", "main"));
        let look = async {
            let branch = store.get_branch(ACME, &catalog, &dev).await.unwrap();
            (branch.is_some(), names_on(store, "dev").await.len())
        };
        let (created, seen) = join(store.create_branch(ACME, &catalog, &new), look).await;
        assert!(created.is_ok());
        assert_eq!(seen, (true, 0));
        assert_eq!(names_on(store, "dev").await.len(), 2);
    });
}
