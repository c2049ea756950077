//! Changes that read first and write later.

use pangolin_store::*;

use super::fault;
use crate::contract::op::Op;
use crate::contract::reply::Reply;

fault!(
    SwapCheckedBeforeWritten,
    "swap-checked-before-written",
    Assets,
    Concurrency,
    "compares the metadata location of an asset in one step and swaps it in another",
    |op, inner, others| {
        let Op::CommitMetadata { tenant, at, swap } = &op else { return op.apply(inner).await };
        let there = inner.get_asset(*tenant, at).await?;
        if there.is_none_or(|asset| asset.metadata_location != swap.expected) {
            return op.apply(inner).await;
        }
        others.a_moment().await;
        let metadata_location = Some(Some(swap.new.clone()));
        let update = AssetUpdate { metadata_location, ..AssetUpdate::default() };
        inner.update_asset(*tenant, at, &update).await.map(Reply::new)
    }
);

fault!(
    PropertiesReadThenWritten,
    "properties-read-then-written",
    Namespaces,
    Concurrency,
    "reads all properties of a namespace, changes them, and writes them all",
    |op, inner, others| {
        let Op::SetNamespaceProperties { tenant, catalog, path, changes } = &op else {
            return op.apply(inner).await;
        };
        let there = inner.get_namespace(*tenant, catalog, path).await?;
        let changed = there.and_then(|there| there.properties.changed(changes).ok());
        let Some(wanted) = changed else { return op.apply(inner).await };
        others.a_moment().await;
        let Some(now) = inner.get_namespace(*tenant, catalog, path).await? else {
            return op.apply(inner).await;
        };
        let unwanted = now.properties.entries().keys();
        let unwanted = unwanted.filter(|key| !wanted.entries().contains_key(*key)).cloned();
        let changes = PropertyChanges::new(wanted.clone(), unwanted.collect())?;
        inner.set_namespace_properties(*tenant, catalog, path, &changes).await.map(Reply::new)
    }
);

fault!(
    WarehouseWrittenWhole,
    "warehouse-written-whole",
    Warehouses,
    Concurrency,
    "reads a warehouse to update it, and writes all of its fields",
    |op, inner, others| {
        let Op::UpdateWarehouse { tenant, name, update } = &op else {
            return op.apply(inner).await;
        };
        let Some(there) = inner.get_warehouse(*tenant, name).await? else {
            return op.apply(inner).await;
        };
        others.a_moment().await;
        let whole = there.updated(update);
        let update = WarehouseUpdate {
            name: Some(whole.name),
            storage_config: Some(whole.storage_config),
            vending: Some(whole.vending),
        };
        inner.update_warehouse(*tenant, name, &update).await.map(Reply::new)
    }
);

fault!(
    UserWrittenWhole,
    "user-written-whole",
    Users,
    Concurrency,
    "reads a user to update it, and writes all of its fields",
    |op, inner, others| {
        let Op::UpdateUser { user, update } = &op else { return op.apply(inner).await };
        let Some(there) = inner.get_user(*user).await? else { return op.apply(inner).await };
        others.a_moment().await;
        let whole = there.updated(update);
        let update = UserUpdate {
            username: Some(whole.username),
            email: Some(whole.email),
            password_hash: Some(whole.password_hash),
            oauth: Some(whole.oauth),
            role: Some(whole.role),
            active: Some(whole.active),
            last_login: Some(whole.last_login),
            updated_at: whole.updated_at,
        };
        inner.update_user(*user, &update).await.map(Reply::new)
    }
);

fault!(
    AuthorReplaced,
    "author-replaced-by-second-insert",
    BusinessMetadata,
    Concurrency,
    "decides to insert metadata before it does, and replaces what another call inserted meanwhile",
    |op, inner, others| {
        let Op::UpsertBusinessMetadata { tenant, asset, .. } = &op else {
            return op.apply(inner).await;
        };
        if inner.get_business_metadata(*tenant, *asset).await?.is_none() {
            others.a_moment().await;
            match inner.delete_business_metadata(*tenant, *asset).await {
                Ok(()) | Err(StoreError::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        op.apply(inner).await
    }
);

fault!(
    ReviewedTwice,
    "access-request-reviewed-twice",
    AccessRequests,
    Concurrency,
    "checks that an access request is pending before it stores a review, and accepts a second one",
    |op, inner, others| {
        let Op::ReviewAccessRequest { tenant, request, review } = &op else {
            return op.apply(inner).await;
        };
        let there = inner.get_access_request(*tenant, *request).await?;
        let pending = there.filter(|there| there.status == RequestStatus::Pending);
        let Some(pending) = pending else { return op.apply(inner).await };
        others.a_moment().await;
        match op.apply(inner).await {
            Err(StoreError::Conflict { .. }) => Ok(Reply::new(pending.reviewed(review))),
            answer => answer,
        }
    }
);
