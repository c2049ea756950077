//! Consecutive pages of any size cover a listing exactly once, in its order.

use std::fmt::Debug;

use pangolin_store::*;

use super::fixtures::*;
use super::scenes::*;
use super::stores::{Store, on_every_store};

/// The number of rows of each listing in these tests.
const ROWS: u128 = 7;

/// Checks that pages of every size, each after the `key` of the last row seen, cover the [`ROWS`] rows that
/// `list` returns in full.
async fn covers<T: PartialEq + Debug, K>(
    list: impl AsyncFn(&Page<K>) -> Result<Vec<T>>,
    key: impl Fn(&T) -> K,
) {
    let whole = list(&Page::all()).await.unwrap();
    assert_eq!(whole.len() as u128, ROWS);
    for size in 1..=9 {
        let mut page = Page::first(limit(size));
        let mut seen = Vec::new();
        loop {
            let rows = list(&page).await.unwrap();
            assert!(rows.len() <= size as usize, "more rows than the limit of {size}");
            let Some(last) = rows.last() else { break };
            page = page.then(key(last));
            seen.extend(rows);
        }
        assert_eq!(seen, whole, "pages of {size}");
    }
}

/// Names that look alike, not in bytewise order.
fn names() -> Vec<(u128, &'static str)> {
    (1..=ROWS).zip(scrambled()).collect()
}

#[test]
fn pages_of_tenants_cover_them() {
    on_every_store(async |store| {
        for (number, called) in names() {
            store.create_tenant(&tenant(number, called)).await.unwrap();
        }
        covers(async |page| store.list_tenants(page).await, |row| row.name.clone()).await;
    });
}

#[test]
fn pages_of_warehouses_and_catalogs_cover_them() {
    in_a_tenant(async |store| {
        for (number, called) in names() {
            store.create_warehouse(ACME, &warehouse(number, called)).await.unwrap();
            store.create_catalog(ACME, &catalog(number, called)).await.unwrap();
        }
        covers(async |page| store.list_warehouses(ACME, page).await, |row| row.name.clone()).await;
        covers(async |page| store.list_catalogs(ACME, page).await, |row| row.name.clone()).await;
        let any = &text("");
        covers(async |page| store.search_catalogs(ACME, any, page).await, |row| row.name.clone())
            .await;
    });
}

#[test]
fn pages_of_namespaces_cover_them_at_the_top_and_below() {
    in_a_catalog(async |store| {
        store.delete_namespace(ACME, &name("sales"), &path(["ns"])).await.unwrap();
        for (_, called) in names() {
            add_namespace(store, [called]).await;
        }
        for (_, called) in names() {
            add_namespace(store, ["ab", called]).await;
        }
        for parent in [None, Some(path(["ab"]))] {
            let list = async |page: &Page<NamespacePath>| {
                store.list_namespaces(ACME, &name("sales"), &parent, page).await
            };
            covers(list, |row| row.path.clone()).await;
        }
    });
}

#[test]
fn pages_of_assets_cover_them() {
    in_a_catalog(async |store| {
        for (number, called) in names() {
            add(store, "main", asset(number, ["ns"], called)).await;
        }
        let (main, ns) = (on("main"), path(["ns"]));
        covers(
            async |page| store.list_assets(ACME, &main, &ns, page).await,
            |row| row.name.clone(),
        )
        .await;
    });
}

#[test]
fn pages_of_branches_and_tags_cover_them() {
    in_a_catalog(async |store| {
        let sales = name("sales");
        let first = commit(1, None, [put(asset(1, ["ns"], "orders"))]);
        store.commit(ACME, &on("main"), &first).await.unwrap();
        for (_, called) in names().into_iter().skip(1) {
            branch_off(store, called).await;
        }
        for (_, called) in names() {
            store.create_tag(ACME, &sales, &tag(called, 1)).await.unwrap();
        }
        covers(async |page| store.list_branches(ACME, &sales, page).await, |row| row.name.clone())
            .await;
        covers(async |page| store.list_tags(ACME, &sales, page).await, |row| row.name.clone())
            .await;
    });
}

#[test]
fn pages_of_merges_cover_them_with_equal_times() {
    with_a_branch(async |store| {
        let sales = name("sales");
        for number in [4, 2, 7, 1, 6, 3, 5] {
            let initiated_at = at(i64::from(number > 4));
            let new = NewMerge { initiated_at, ..merge(number, "dev", "main") };
            store.begin_merge(ACME, &sales, &new).await.unwrap();
            store.abort_merge(ACME, &sales, id(number), at(9)).await.unwrap();
        }
        let list = async |page: &Page<MergeKey>| store.list_merges(ACME, &sales, page).await;
        covers(list, MergeOperation::key).await;
    });
}

#[test]
fn pages_of_conflicts_cover_them() {
    in_a_catalog(async |store| {
        for number in 1..=ROWS {
            add(store, "main", asset(number, ["ns"], &number.to_string())).await;
        }
        branch_off(store, "dev").await;
        for number in 1..=ROWS {
            relocate(store, "main", &number.to_string(), "there").await;
            relocate(store, "dev", &number.to_string(), "here").await;
        }
        let sales = name("sales");
        store.begin_merge(ACME, &sales, &merge(1, "dev", "main")).await.unwrap();
        let list =
            async |page: &Page<ConflictId>| store.list_conflicts(ACME, &sales, id(1), page).await;
        covers(list, |row| row.id).await;
    });
}

/// Creates the users 1 to 7.
async fn add_users(store: &Store) {
    for (number, called) in names() {
        store.create_user(&user(number, called)).await.unwrap();
    }
}

#[test]
fn pages_of_users_cover_them_for_a_tenant_and_for_all() {
    in_a_tenant(async |store| {
        add_users(store).await;
        for tenant in [None, Some(ACME)] {
            let list = async |page: &Page<Name>| store.list_users(tenant, page).await;
            covers(list, |row| row.username.clone()).await;
        }
    });
}

#[test]
fn pages_of_roles_cover_them_for_a_tenant_and_for_a_user() {
    in_a_tenant(async |store| {
        add_users(store).await;
        for (number, called) in names() {
            store.create_role(ACME, &role(number, called)).await.unwrap();
            store.assign_role(ACME, id(1), id(number)).await.unwrap();
        }
        covers(async |page| store.list_roles(ACME, page).await, |row| row.name.clone()).await;
        let list = async |page: &Page<RoleId>| store.list_user_roles(ACME, id(1), page).await;
        covers(list, |row| row.id).await;
    });
}

#[test]
fn pages_of_permissions_cover_them_for_a_tenant_and_for_a_user() {
    in_a_tenant(async |store| {
        add_users(store).await;
        for number in [4, 2, 7, 1, 6, 3, 5] {
            let permission = permission(number, Scope::Tenant, [Action::Read]);
            store.grant_permission(ACME, &permission).await.unwrap();
        }
        let list =
            async |page: &Page<PermissionId>| store.list_tenant_permissions(ACME, page).await;
        covers(list, |row| row.id).await;
        let list =
            async |page: &Page<PermissionId>| store.list_user_permissions(ACME, id(1), page).await;
        covers(list, |row| row.id).await;
    });
}

#[test]
fn pages_of_service_users_cover_them() {
    in_a_tenant(async |store| {
        for (number, called) in names() {
            store.create_service_user(&service_user(number, called)).await.unwrap();
        }
        covers(async |page| store.list_service_users(ACME, page).await, |row| row.name.clone())
            .await;
    });
}

#[test]
fn pages_of_active_tokens_cover_them() {
    in_a_tenant(async |store| {
        add_users(store).await;
        // Every second token has expired or is revoked.
        for number in 1..=2 * ROWS {
            let expires_at = if number % 4 == 1 { 1 } else { 10 };
            store.store_token(&token(number, expires_at)).await.unwrap();
            if number % 4 == 3 {
                store.revoke_token(ACME, &revocation(number, 10)).await.unwrap();
            }
        }
        for user in [None, Some(id(1))] {
            let list = async |page: &Page<TokenId>| {
                store.list_active_tokens(ACME, user, at(5), page).await
            };
            covers(list, |row| row.id).await;
        }
    });
}

#[test]
fn pages_of_audit_events_cover_them_with_equal_times() {
    in_a_tenant(async |store| {
        for number in [4, 2, 7, 1, 6, 3, 5] {
            let timestamp = at(i64::from(number > 4));
            let event = AuditEvent { timestamp, ..event(number) };
            store.log_audit_event(&event).await.unwrap();
            let other = AuditEvent { action: AuditAction::Logout, id: id(number + 10), ..event };
            store.log_audit_event(&other).await.unwrap();
        }
        let filter = AuditFilter { action: Some(AuditAction::Login), ..AuditFilter::default() };
        let list = async |page: &Page<AuditKey>| store.list_audit_events(ACME, &filter, page).await;
        covers(list, AuditEvent::key).await;
    });
}

#[test]
fn pages_of_access_requests_cover_them_with_equal_times() {
    in_a_catalog(async |store| {
        add_users(store).await;
        add(store, "main", asset(1, ["ns"], "orders")).await;
        for number in [4, 2, 7, 1, 6, 3, 5] {
            let requested_at = at(i64::from(number > 4));
            let new = NewAccessRequest { requested_at, ..request(number) };
            store.create_access_request(&new).await.unwrap();
        }
        for status in [None, Some(RequestStatus::Pending)] {
            let list = async |page: &Page<AccessRequestKey>| {
                store.list_access_requests(ACME, status, page).await
            };
            covers(list, AccessRequest::key).await;
        }
    });
}

/// Seven namespaces that look alike in two catalogs, each with an asset `t`. The catalogs have a branch
/// `main`, and some have more branches.
async fn look_alikes(store: &Store) {
    let paths = [path(["ab"]), path(["a"]), path(["a.b"]), path(["a", "b"])];
    for (number, called) in [(1, "a"), (2, "B")] {
        let main = BranchRef { catalog: name(called), branch: name("main") };
        store.create_catalog(ACME, &catalog(number, called)).await.unwrap();
        for (place, path) in (1..).zip(paths.clone()) {
            if (number, place) == (2, 4) {
                continue;
            }
            let namespace = Namespace { path: path.clone(), properties: properties([]) };
            store.create_namespace(ACME, &name(called), &namespace).await.unwrap();
            let asset = Asset { namespace: path, ..asset(place, ["x"], "t") };
            store.create_asset(ACME, &main, &asset).await.unwrap();
        }
    }
    for (catalog, branch) in [("a", "n"), ("a", "é"), ("B", "a"), ("B", "mainx"), ("B", "M")] {
        store.create_branch(ACME, &name(catalog), &ingest(branch, "main")).await.unwrap();
    }
}

#[test]
fn pages_of_found_assets_cover_them() {
    in_a_tenant(async |store| {
        look_alikes(store).await;
        let search = AssetSearch { text: text("T"), ..AssetSearch::default() };
        let list = async |page: &Page<AssetKey>| store.search_assets(ACME, &search, page).await;
        covers(list, AssetHit::key).await;
    });
}

#[test]
fn pages_of_found_namespaces_cover_them() {
    in_a_tenant(async |store| {
        look_alikes(store).await;
        let key = |hit: &NamespaceHit| NamespaceKey {
            catalog: hit.catalog.clone(),
            path: hit.namespace.path.clone(),
        };
        let any = &text("");
        let list = async |page: &Page<NamespaceKey>| store.search_namespaces(ACME, any, page).await;
        covers(list, key).await;
    });
}

#[test]
fn pages_of_found_branches_cover_them() {
    in_a_tenant(async |store| {
        look_alikes(store).await;
        let key = |hit: &BranchHit| BranchRef {
            catalog: hit.catalog.clone(),
            branch: hit.branch.name.clone(),
        };
        let any = &text("");
        let list = async |page: &Page<BranchRef>| store.search_branches(ACME, any, page).await;
        covers(list, key).await;
    });
}

#[test]
fn a_page_starts_after_a_key_that_need_not_exist() {
    in_a_catalog(async |store| {
        for (number, called) in [(1, "a"), (2, "c"), (3, "e")] {
            add(store, "main", asset(number, ["ns"], called)).await;
        }
        for (after, expected) in
            [("0", &["a", "c"][..]), ("b", &["c", "e"]), ("d", &["e"]), ("f", &[])]
        {
            let page = Page::first(limit(2)).then(name(after));
            let rows = store.list_assets(ACME, &on("main"), &path(["ns"]), &page).await.unwrap();
            let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
            assert_eq!(names, expected, "after {after}");
        }
    });
}

#[test]
fn a_page_of_children_starts_after_any_path() {
    in_a_catalog(async |store| {
        for called in ["b", "d"] {
            add_namespace(store, ["ns", called]).await;
        }
        let parent = Some(path(["ns"]));
        for (after, expected) in [
            (path(["a", "z"]), 2),
            (path(["ns"]), 2),
            (path(["ns", "a", "z"]), 2),
            (path(["ns", "b"]), 1),
            (path(["ns", "b", "z"]), 1),
            (path(["ns", "c"]), 1),
            (path(["ns.a"]), 0),
            (path(["z"]), 0),
        ] {
            let page = Page::all().then(after.clone());
            let rows = store.list_namespaces(ACME, &name("sales"), &parent, &page).await.unwrap();
            assert_eq!(rows.len(), expected, "after {after}");
        }
    });
}
