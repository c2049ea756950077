//! Listings: their order and their pages.

use pangolin_store::*;

use crate::contract::op::Op;
use crate::contract::reply::Reply;
use crate::fault::edits::page_of;
use crate::fault::fault;

fault!(
    WarehousesByInsertion,
    "warehouses-by-insertion",
    Warehouses,
    Divergent,
    "lists warehouses in the order in which they came",
    |op, inner, writes| {
        let mut reply = op.apply(inner).await?;
        if let (Op::ListWarehouses { tenant, .. }, Some(warehouses)) =
            (&op, reply.get_mut::<Vec<Warehouse>>())
        {
            warehouses.sort_by_key(|row| {
                writes.last(|op| {
                    matches!(op, Op::CreateWarehouse { tenant: there, warehouse }
                        if there == tenant && warehouse.id == row.id)
                })
            });
        }
        Ok(reply)
    }
);

fault!(
    RolesPageRepeatsARow,
    "roles-page-repeats-a-row",
    Roles,
    Divergent,
    "begins a page of roles with the last row of the page before",
    |op, inner| match op {
        Op::ListRoles { tenant, page } => {
            let mut roles = inner.list_roles(tenant, &Page::all()).await?;
            roles.retain(|role| page.after.as_ref().is_none_or(|after| role.name >= *after));
            let page = Page::first(page.limit);
            Ok(Reply::new(page_of(roles, |role| role.name.clone(), &page)))
        }
        _ => op.apply(inner).await,
    }
);

fault!(
    TagsPageSkipsARow,
    "tags-page-skips-a-row",
    Tags,
    Divergent,
    "skips a row between two pages of tags",
    |op, inner| match op {
        Op::ListTags { tenant, catalog, page: page @ Page { after: Some(_), .. } } => {
            let tags = inner.list_tags(tenant, &catalog, &Page::all()).await?;
            let first = page_of(tags.clone(), |tag| tag.name.clone(), &page).into_iter().next();
            let page = first.map_or(page.clone(), |tag| page.then(tag.name));
            Ok(Reply::new(page_of(tags, |tag| tag.name.clone(), &page)))
        }
        _ => op.apply(inner).await,
    }
);
