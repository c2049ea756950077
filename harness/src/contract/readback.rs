//! Looking at what calls have made: reads as calls.

use pangolin_store::*;
use std::num::NonZeroU32;

use crate::contract::model::Known;
use crate::contract::op::Op;
use crate::contract::world;

/// The reads that show everything that the model holds, and that nothing else is there.
pub(crate) fn everything(known: &Known<'_>) -> Vec<Op> {
    let mut reads = vec![
        Op::ListTenants { page: Page::all() },
        Op::ListUsers { tenant: None, page: Page::all() },
    ];
    for tenant in known.tenants() {
        tenant_rows(known, tenant, &mut reads);
        for catalog in known.catalogs(tenant) {
            catalog_rows(known, tenant, catalog.name, &mut reads);
        }
    }
    reads
}

fn tenant_rows(known: &Known<'_>, tenant: TenantId, reads: &mut Vec<Op>) {
    reads.extend([
        Op::ListWarehouses { tenant, page: Page::all() },
        Op::ListCatalogs { tenant, page: Page::all() },
        Op::CountNamespaces { tenant },
        Op::CountAssets { tenant },
        Op::SearchAssets { tenant, search: AssetSearch::default(), page: Page::all() },
        Op::SearchNamespaces { tenant, text: Text::default(), page: Page::all() },
        Op::SearchBranches { tenant, text: Text::default(), page: Page::all() },
        Op::ListRoles { tenant, page: Page::all() },
        Op::ListTenantPermissions { tenant, page: Page::all() },
        Op::ListServiceUsers { tenant, page: Page::all() },
        Op::ListActiveTokens { tenant, user: None, now: Timestamp::MIN, page: Page::all() },
        Op::GetSettings { tenant },
        Op::ListAuditEvents { tenant, filter: AuditFilter::default(), page: Page::all() },
        Op::ListAccessRequests { tenant, status: None, page: Page::all() },
    ]);
    for user in known.users(Some(tenant)) {
        let user = user.id;
        reads.push(Op::ListUserRoles { tenant, user, page: Page::all() });
    }
    let revocations = world::ids().into_iter().map(|token| Op::GetRevocation { tenant, token });
    reads.extend(revocations);
    let metadata = world::ids().into_iter().map(|asset| Op::GetBusinessMetadata { tenant, asset });
    reads.extend(metadata);
}

fn catalog_rows(known: &Known<'_>, tenant: TenantId, catalog: Name, reads: &mut Vec<Op>) {
    let all = catalog.clone();
    reads.extend([
        Op::GetSync { tenant, catalog: all.clone() },
        Op::ListTags { tenant, catalog: all.clone(), page: Page::all() },
        Op::ListMerges { tenant, catalog: all.clone(), page: Page::all() },
    ]);
    for merge in known.merges(tenant, &catalog) {
        let (catalog, merge) = (catalog.clone(), merge.id);
        reads.push(Op::ListConflicts { tenant, catalog, merge, page: Page::all() });
    }
    let namespaces = known.namespaces(tenant, &catalog);
    for branch in known.branches(tenant, &catalog) {
        let from = HistoryStart::Branch(branch.name.clone());
        let limit = NonZeroU32::MAX;
        reads.push(Op::CommitHistory { tenant, catalog: catalog.clone(), from, limit });
        // What is on `main` is seen by the search of assets, too.
        let on = BranchRef { catalog: catalog.clone(), branch: branch.name };
        reads.extend(namespaces.iter().map(|namespace| Op::ListAssets {
            tenant,
            on: on.clone(),
            namespace: namespace.path.clone(),
            page: Page::all(),
        }));
    }
}

/// The reads that show what a write has touched.
pub(crate) fn touched(op: &Op, known: &Known<'_>) -> Vec<Op> {
    match op.clone() {
        Op::CreateTenant { tenant } => vec![Op::GetTenant { tenant: tenant.id }],
        Op::UpdateTenant { tenant, .. } => {
            vec![Op::GetTenant { tenant }, Op::ListTenants { page: Page::all() }]
        }
        Op::DeleteTenant { tenant } => {
            let mut reads = vec![
                Op::GetTenant { tenant },
                Op::ListTenants { page: Page::all() },
                Op::ListUsers { tenant: None, page: Page::all() },
            ];
            tenant_rows(known, tenant, &mut reads);
            reads
        }
        Op::CreateWarehouse { tenant, warehouse } => {
            vec![Op::GetWarehouse { tenant, name: warehouse.name }]
        }
        Op::UpdateWarehouse { tenant, name, .. } | Op::DeleteWarehouse { tenant, name } => vec![
            Op::GetWarehouse { tenant, name },
            Op::ListWarehouses { tenant, page: Page::all() },
            Op::ListCatalogs { tenant, page: Page::all() },
        ],
        Op::CreateCatalog { tenant, catalog } => vec![
            Op::GetCatalog { tenant, name: catalog.name.clone() },
            Op::ListBranches { tenant, catalog: catalog.name, page: Page::all() },
        ],
        Op::UpdateCatalog { tenant, name, .. } => {
            vec![Op::GetCatalog { tenant, name }, Op::ListCatalogs { tenant, page: Page::all() }]
        }
        Op::DeleteCatalog { tenant, .. } => {
            let mut reads = vec![
                Op::ListCatalogs { tenant, page: Page::all() },
                Op::SearchBranches { tenant, text: Text::default(), page: Page::all() },
            ];
            // Those of other tenants must all be there still.
            let tenants = known.tenants().into_iter().filter(|&other| other != tenant);
            for tenant in [tenant].into_iter().chain(tenants) {
                reads.extend([Op::CountNamespaces { tenant }, Op::CountAssets { tenant }]);
            }
            reads
        }
        Op::CreateNamespace { tenant, catalog, namespace } => vec![
            Op::GetNamespace { tenant, catalog: catalog.clone(), path: namespace.path.clone() },
            Op::ListNamespaces {
                tenant,
                catalog,
                parent: namespace.path.parent(),
                page: Page::all(),
            },
        ],
        Op::SetNamespaceProperties { tenant, catalog, path, .. }
        | Op::DeleteNamespace { tenant, catalog, path } => {
            vec![
                Op::GetNamespace { tenant, catalog: catalog.clone(), path: path.clone() },
                Op::ListNamespaces { tenant, catalog, parent: Some(path), page: Page::all() },
                Op::CountAssets { tenant },
            ]
        }
        Op::CreateAsset { tenant, on, asset } => vec![
            Op::GetAsset { tenant, at: asset_ref(&on, asset.place()) },
            Op::GetAssetById { tenant, on, asset: asset.id },
        ],
        Op::UpdateAsset { tenant, at, .. } | Op::CommitMetadata { tenant, at, .. } => {
            vec![Op::GetAsset { tenant, at }]
        }
        Op::RenameAsset { tenant, at, to } => {
            let there = asset_ref(&at.branch_ref(), to);
            vec![Op::GetAsset { tenant, at }, Op::GetAsset { tenant, at: there }]
        }
        Op::DeleteAsset { tenant, at } => vec![
            Op::GetAsset { tenant, at },
            Op::CountAssets { tenant },
            Op::ListAccessRequests { tenant, status: None, page: Page::all() },
        ],
        Op::CreateBranch { tenant, catalog, branch } => {
            branch_rows(known, tenant, BranchRef { catalog, branch: branch.name })
        }
        Op::DeleteBranch { tenant, catalog, name } => {
            let mut reads = branch_rows(known, tenant, BranchRef { catalog, branch: name });
            reads.push(Op::CountAssets { tenant });
            reads
        }
        Op::CreateTag { tenant, catalog, tag: Tag { name, .. } }
        | Op::DeleteTag { tenant, catalog, name } => vec![Op::GetTag { tenant, catalog, name }],
        Op::Commit { tenant, on, commit } => {
            let catalog = on.catalog.clone();
            let mut reads = branch_rows(known, tenant, on);
            reads.push(Op::GetCommit { tenant, catalog, commit: commit.id });
            reads
        }
        Op::BeginMerge { tenant, catalog, merge: NewMerge { id: merge, .. } }
        | Op::ReportConflict { tenant, catalog, merge, .. }
        | Op::ResolveConflict { tenant, catalog, merge, .. }
        | Op::AbortMerge { tenant, catalog, merge, .. } => merge_rows(tenant, catalog, merge),
        Op::CompleteMerge { tenant, catalog, merge, .. } => {
            let merges = known.merges(tenant, &catalog);
            let merged = merges.into_iter().find(|row| row.id == merge);
            let sides = merged.into_iter().flat_map(|row| [row.target, row.source]);
            let on = |branch| BranchRef { catalog: catalog.clone(), branch };
            let sides: Vec<BranchRef> = sides.map(on).collect();
            let mut reads = merge_rows(tenant, catalog, merge);
            reads.extend(sides.into_iter().flat_map(|on| branch_rows(known, tenant, on)));
            reads
        }
        Op::CreateUser { user } => {
            vec![Op::GetUser { user: user.id }, Op::GetUserByUsername { username: user.username }]
        }
        Op::UpdateUser { user, .. } => vec![Op::GetUser { user }],
        Op::DeleteUser { user } => {
            vec![Op::GetUser { user }, Op::ListUsers { tenant: None, page: Page::all() }]
        }
        Op::CreateRole { tenant, role: Role { id: role, .. } }
        | Op::UpdateRole { tenant, role, .. }
        | Op::DeleteRole { tenant, role } => {
            vec![Op::GetRole { tenant, role }, Op::ListRoles { tenant, page: Page::all() }]
        }
        Op::AssignRole { tenant, user, .. } | Op::RevokeRole { tenant, user, .. } => vec![
            Op::ListUserRoles { tenant, user, page: Page::all() },
            Op::EffectivePermissions { tenant, user },
        ],
        Op::GrantPermission { tenant, permission } => {
            let user = permission.user;
            vec![
                Op::ListUserPermissions { tenant, user, page: Page::all() },
                Op::EffectivePermissions { tenant, user },
            ]
        }
        Op::RevokePermission { tenant, .. } => {
            vec![Op::ListTenantPermissions { tenant, page: Page::all() }]
        }
        Op::CreateServiceUser { service_user: ServiceUser { tenant, id, api_key_hash, .. } } => {
            vec![
                Op::GetServiceUser { tenant, service_user: id },
                Op::GetServiceUserByApiKeyHash { hash: api_key_hash },
            ]
        }
        Op::RotateApiKey { tenant, service_user, hash } => vec![
            Op::GetServiceUser { tenant, service_user },
            Op::GetServiceUserByApiKeyHash { hash },
        ],
        Op::UpdateServiceUser { tenant, service_user, .. }
        | Op::TouchServiceUser { tenant, service_user, .. }
        | Op::DeleteServiceUser { tenant, service_user } => vec![
            Op::GetServiceUser { tenant, service_user },
            Op::ListServiceUsers { tenant, page: Page::all() },
        ],
        Op::StoreToken { token: Token { tenant, .. } } => {
            let now = Timestamp::MIN;
            vec![Op::ListActiveTokens { tenant, user: None, now, page: Page::all() }]
        }
        Op::RevokeToken { tenant, revocation } => vec![
            Op::IsTokenRevoked { tenant, token: revocation.token },
            Op::GetRevocation { tenant, token: revocation.token },
            Op::ListActiveTokens { tenant, user: None, now: Timestamp::MIN, page: Page::all() },
        ],
        Op::CleanupExpiredTokens { tenant, .. } => {
            let now = Timestamp::MIN;
            vec![Op::ListActiveTokens { tenant, user: None, now, page: Page::all() }]
        }
        Op::UpdateSettings { tenant, .. } => vec![Op::GetSettings { tenant }],
        Op::LogAuditEvent { event: AuditEvent { tenant, id, .. } } => {
            vec![Op::GetAuditEvent { tenant, event: id }]
        }
        Op::UpsertBusinessMetadata { tenant, asset, .. }
        | Op::DeleteBusinessMetadata { tenant, asset } => {
            vec![Op::GetBusinessMetadata { tenant, asset }]
        }
        Op::CreateAccessRequest { request: NewAccessRequest { tenant, id: request, .. } }
        | Op::ReviewAccessRequest { tenant, request, .. } => {
            vec![Op::GetAccessRequest { tenant, request }]
        }
        Op::RecordSync { tenant, catalog, .. } => vec![Op::GetSync { tenant, catalog }],
        _ => Vec::new(),
    }
}

fn asset_ref(on: &BranchRef, AssetPlace { namespace, name }: AssetPlace) -> AssetRef {
    AssetRef { catalog: on.catalog.clone(), branch: on.branch.clone(), namespace, name }
}

/// The branch, its history and all of its assets.
fn branch_rows(known: &Known<'_>, tenant: TenantId, on: BranchRef) -> Vec<Op> {
    let BranchRef { catalog, branch: name } = on.clone();
    let mut reads = vec![Op::GetBranch { tenant, catalog: catalog.clone(), name }];
    reads.extend(known.namespaces(tenant, &catalog).into_iter().map(|namespace| Op::ListAssets {
        tenant,
        on: on.clone(),
        namespace: namespace.path,
        page: Page::all(),
    }));
    reads
}

fn merge_rows(tenant: TenantId, catalog: Name, merge: MergeId) -> Vec<Op> {
    vec![
        Op::GetMerge { tenant, catalog: catalog.clone(), merge },
        Op::ListConflicts { tenant, catalog, merge, page: Page::all() },
    ]
}
