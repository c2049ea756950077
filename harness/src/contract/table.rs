//! The table of the contract: every method, once.
//!
//! A row says the method's variant and name, its arguments (`[T]` by value, `&T` by reference), what it
//! answers, what it does to a store, and the outcomes that a call can reach beside success. The rows of
//! a feature area lie below its module in [`areas`](super::areas), its [`Feature`](super::feature::Feature) and
//! its trait.
//!
//! Whatever has a part for each method is made from these rows by a macro of its own, a *reader*:
//! [`Method`](super::method::Method), [`Op`](super::op::Op), [`Intercepted`](super::intercept::Intercepted) and
//! the calls of one area (`calls.rs`). A method of a trait that has no row does not compile, because
//! `Intercepted` then lacks it.

/// Hands the table to the macro of that name.
macro_rules! table {
    ($reader:ident) => {
        $reader! {
            tenants Tenants: Tenants {
                CreateTenant = create_tenant(tenant: &Tenant) -> () { create taken[Tenant] }
                GetTenant = get_tenant(tenant: [TenantId]) -> Option<Tenant> { read, empty }
                ListTenants = list_tenants(page: &Page<Name>) -> Vec<Tenant> { read, empty }
                UpdateTenant = update_tenant(tenant: [TenantId], update: &TenantUpdate) -> Tenant {
                    change missing[Tenant] taken[Tenant]
                }
                DeleteTenant = delete_tenant(tenant: [TenantId]) -> () { change missing[Tenant] }
            }
            warehouses Warehouses: Warehouses {
                CreateWarehouse = create_warehouse(tenant: [TenantId], warehouse: &Warehouse) -> () {
                    create missing[Tenant] taken[Warehouse]
                }
                GetWarehouse = get_warehouse(tenant: [TenantId], name: &Name) -> Option<Warehouse> { read, empty }
                ListWarehouses = list_warehouses(tenant: [TenantId], page: &Page<Name>) -> Vec<Warehouse> { read, empty }
                UpdateWarehouse = update_warehouse(tenant: [TenantId], name: &Name, update: &WarehouseUpdate) -> Warehouse {
                    change missing[Tenant Warehouse] taken[Warehouse]
                }
                DeleteWarehouse = delete_warehouse(tenant: [TenantId], name: &Name) -> () {
                    change missing[Tenant Warehouse] conflict[InUse]
                }
            }
            catalogs Catalogs: Catalogs {
                CreateCatalog = create_catalog(tenant: [TenantId], catalog: &Catalog) -> () {
                    create missing[Tenant Warehouse] taken[Catalog]
                }
                GetCatalog = get_catalog(tenant: [TenantId], name: &Name) -> Option<Catalog> { read, empty }
                ListCatalogs = list_catalogs(tenant: [TenantId], page: &Page<Name>) -> Vec<Catalog> { read, empty }
                UpdateCatalog = update_catalog(tenant: [TenantId], name: &Name, update: &CatalogUpdate) -> Catalog {
                    change missing[Tenant Catalog Warehouse] taken[Catalog] conflict[NotFederated]
                }
                DeleteCatalog = delete_catalog(tenant: [TenantId], name: &Name) -> () { change missing[Tenant Catalog] }
            }
            namespaces Namespaces: Namespaces {
                CreateNamespace = create_namespace(tenant: [TenantId], catalog: &Name, namespace: &Namespace) -> () {
                    create missing[Tenant Catalog Namespace] taken[Namespace]
                }
                GetNamespace = get_namespace(tenant: [TenantId], catalog: &Name, path: &NamespacePath) -> Option<Namespace> { read, empty }
                ListNamespaces = list_namespaces(
                    tenant: [TenantId], catalog: &Name, parent: &Option<NamespacePath>, page: &Page<NamespacePath>
                ) -> Vec<Namespace> { read, empty }
                SetNamespaceProperties = set_namespace_properties(
                    tenant: [TenantId], catalog: &Name, path: &NamespacePath, changes: &PropertyChanges
                ) -> Namespace { change missing[Tenant Catalog Namespace], invalid }
                DeleteNamespace = delete_namespace(tenant: [TenantId], catalog: &Name, path: &NamespacePath) -> () {
                    change missing[Tenant Catalog Namespace] conflict[NotEmpty]
                }
                CountNamespaces = count_namespaces(tenant: [TenantId]) -> u64 { read, empty }
            }
            assets Assets: Assets {
                CreateAsset = create_asset(tenant: [TenantId], on: &BranchRef, asset: &Asset) -> () {
                    create missing[Tenant Catalog Branch Namespace] taken[Asset]
                }
                GetAsset = get_asset(tenant: [TenantId], at: &AssetRef) -> Option<Asset> { read, empty }
                GetAssetById = get_asset_by_id(tenant: [TenantId], on: &BranchRef, asset: [AssetId]) -> Option<Asset> { read, empty }
                ListAssets = list_assets(
                    tenant: [TenantId], on: &BranchRef, namespace: &NamespacePath, page: &Page<Name>
                ) -> Vec<Asset> { read, empty }
                UpdateAsset = update_asset(tenant: [TenantId], at: &AssetRef, update: &AssetUpdate) -> Asset {
                    change missing[Tenant Catalog Branch Namespace Asset]
                }
                RenameAsset = rename_asset(tenant: [TenantId], at: &AssetRef, to: &AssetPlace) -> Asset {
                    change missing[Tenant Catalog Branch Namespace Asset] taken[Asset]
                }
                DeleteAsset = delete_asset(tenant: [TenantId], at: &AssetRef) -> () {
                    change missing[Tenant Catalog Branch Namespace Asset]
                }
                CommitMetadata = commit_metadata(tenant: [TenantId], at: &AssetRef, swap: &MetadataSwap) -> Asset {
                    change missing[Tenant Catalog Branch Namespace Asset] conflict[Stale]
                }
                CountAssets = count_assets(tenant: [TenantId]) -> u64 { read, empty }
            }
            branches Branches: Branches {
                CreateBranch = create_branch(tenant: [TenantId], catalog: &Name, branch: &NewBranch) -> Branch {
                    create missing[Tenant Catalog Branch Namespace] taken[Branch]
                }
                GetBranch = get_branch(tenant: [TenantId], catalog: &Name, name: &Name) -> Option<Branch> { read, empty }
                ListBranches = list_branches(tenant: [TenantId], catalog: &Name, page: &Page<Name>) -> Vec<Branch> { read, empty }
                DeleteBranch = delete_branch(tenant: [TenantId], catalog: &Name, name: &Name) -> () {
                    change missing[Tenant Catalog Branch] conflict[Protected InUse]
                }
            }
            tags Tags: Tags {
                CreateTag = create_tag(tenant: [TenantId], catalog: &Name, tag: &Tag) -> () {
                    create missing[Tenant Catalog Commit] taken[Tag]
                }
                GetTag = get_tag(tenant: [TenantId], catalog: &Name, name: &Name) -> Option<Tag> { read, empty }
                ListTags = list_tags(tenant: [TenantId], catalog: &Name, page: &Page<Name>) -> Vec<Tag> { read, empty }
                DeleteTag = delete_tag(tenant: [TenantId], catalog: &Name, name: &Name) -> () {
                    change missing[Tenant Catalog Tag]
                }
            }
            commits Commits: Commits {
                Commit = commit(tenant: [TenantId], on: &BranchRef, commit: &NewCommit) -> () {
                    change missing[Tenant Catalog Branch Namespace Asset] taken[Commit Asset] conflict[Stale]
                }
                GetCommit = get_commit(tenant: [TenantId], catalog: &Name, commit: [CommitId]) -> Option<pangolin_store::Commit> { read, empty }
                CommitHistory = commit_history(
                    tenant: [TenantId], catalog: &Name, from: &HistoryStart, limit: [NonZeroU32]
                ) -> Vec<pangolin_store::Commit> { read, empty }
            }
            merges Merges: Merges {
                BeginMerge = begin_merge(tenant: [TenantId], catalog: &Name, merge: &NewMerge) -> MergeOperation {
                    create missing[Tenant Catalog Branch] taken[Merge] conflict[NotMergeable IllegalState]
                }
                ReportConflict = report_conflict(
                    tenant: [TenantId], catalog: &Name, merge: [MergeId], conflict: &NewConflict
                ) -> () { create missing[Tenant Catalog Merge Asset] taken[Conflict] conflict[IllegalState] }
                ResolveConflict = resolve_conflict(
                    tenant: [TenantId], catalog: &Name, merge: [MergeId], conflict: [ConflictId], resolution: &Resolution
                ) -> MergeConflict { change missing[Tenant Catalog Merge Conflict Namespace] conflict[IllegalState], invalid }
                CompleteMerge = complete_merge(
                    tenant: [TenantId], catalog: &Name, merge: [MergeId], commit: &MergeCommit
                ) -> MergeOperation {
                    change missing[Tenant Catalog Merge] taken[Commit] conflict[IllegalState Unresolved]
                }
                AbortMerge = abort_merge(
                    tenant: [TenantId], catalog: &Name, merge: [MergeId], at: [Timestamp]
                ) -> MergeOperation { change missing[Tenant Catalog Merge] conflict[IllegalState] }
                GetMerge = get_merge(tenant: [TenantId], catalog: &Name, merge: [MergeId]) -> Option<MergeOperation> { read, empty }
                ListMerges = list_merges(tenant: [TenantId], catalog: &Name, page: &Page<MergeKey>) -> Vec<MergeOperation> { read, empty }
                GetConflict = get_conflict(
                    tenant: [TenantId], catalog: &Name, merge: [MergeId], conflict: [ConflictId]
                ) -> Option<MergeConflict> { read, empty }
                ListConflicts = list_conflicts(
                    tenant: [TenantId], catalog: &Name, merge: [MergeId], page: &Page<ConflictId>
                ) -> Vec<MergeConflict> { read, empty }
            }
            users Users: Users {
                CreateUser = create_user(user: &User) -> () { create missing[Tenant] taken[User] }
                GetUser = get_user(user: [UserId]) -> Option<User> { read, empty }
                GetUserByUsername = get_user_by_username(username: &Name) -> Option<User> { read, empty }
                GetUserByOauth = get_user_by_oauth(identity: &OAuthIdentity) -> Option<User> { read, empty }
                ListUsers = list_users(tenant: [Option<TenantId>], page: &Page<Name>) -> Vec<User> { read, empty }
                UpdateUser = update_user(user: [UserId], update: &UserUpdate) -> User { change missing[User] taken[User] }
                DeleteUser = delete_user(user: [UserId]) -> () { change missing[User] }
            }
            roles Roles: Roles {
                CreateRole = create_role(tenant: [TenantId], role: &Role) -> () { create missing[Tenant] taken[Role] }
                GetRole = get_role(tenant: [TenantId], role: [RoleId]) -> Option<Role> { read, empty }
                ListRoles = list_roles(tenant: [TenantId], page: &Page<Name>) -> Vec<Role> { read, empty }
                UpdateRole = update_role(tenant: [TenantId], role: [RoleId], update: &RoleUpdate) -> Role {
                    change missing[Tenant Role] taken[Role]
                }
                DeleteRole = delete_role(tenant: [TenantId], role: [RoleId]) -> () { change missing[Tenant Role] }
                AssignRole = assign_role(tenant: [TenantId], user: [UserId], role: [RoleId]) -> () {
                    create missing[Tenant User Role] taken[RoleAssignment]
                }
                RevokeRole = revoke_role(tenant: [TenantId], user: [UserId], role: [RoleId]) -> () {
                    change missing[Tenant RoleAssignment]
                }
                ListUserRoles = list_user_roles(tenant: [TenantId], user: [UserId], page: &Page<RoleId>) -> Vec<Role> { read, empty }
            }
            permissions Permissions: Permissions {
                GrantPermission = grant_permission(tenant: [TenantId], permission: &Permission) -> () {
                    create missing[Tenant User] taken[Permission]
                }
                RevokePermission = revoke_permission(tenant: [TenantId], permission: [PermissionId]) -> () {
                    change missing[Tenant Permission]
                }
                ListUserPermissions = list_user_permissions(
                    tenant: [TenantId], user: [UserId], page: &Page<PermissionId>
                ) -> Vec<Permission> { read, empty }
                ListTenantPermissions = list_tenant_permissions(
                    tenant: [TenantId], page: &Page<PermissionId>
                ) -> Vec<Permission> { read, empty }
                EffectivePermissions = effective_permissions(tenant: [TenantId], user: [UserId]) -> Vec<Grant> { read, empty }
            }
            service_users ServiceUsers: ServiceUsers {
                CreateServiceUser = create_service_user(service_user: &ServiceUser) -> () {
                    create missing[Tenant] taken[ServiceUser]
                }
                GetServiceUser = get_service_user(
                    tenant: [TenantId], service_user: [ServiceUserId]
                ) -> Option<ServiceUser> { read, empty }
                GetServiceUserByApiKeyHash = get_service_user_by_api_key_hash(hash: &ApiKeyHash) -> Option<ServiceUser> { read, empty }
                ListServiceUsers = list_service_users(tenant: [TenantId], page: &Page<Name>) -> Vec<ServiceUser> { read, empty }
                UpdateServiceUser = update_service_user(
                    tenant: [TenantId], service_user: [ServiceUserId], update: &ServiceUserUpdate
                ) -> ServiceUser { change missing[Tenant ServiceUser] taken[ServiceUser] }
                RotateApiKey = rotate_api_key(
                    tenant: [TenantId], service_user: [ServiceUserId], hash: &ApiKeyHash
                ) -> () { change missing[Tenant ServiceUser] taken[ServiceUser] }
                TouchServiceUser = touch_service_user(
                    tenant: [TenantId], service_user: [ServiceUserId], at: [Timestamp]
                ) -> () { change missing[Tenant ServiceUser] }
                DeleteServiceUser = delete_service_user(tenant: [TenantId], service_user: [ServiceUserId]) -> () {
                    change missing[Tenant ServiceUser]
                }
            }
            tokens Tokens: Tokens {
                StoreToken = store_token(token: &Token) -> () { create missing[Tenant User] taken[Token] }
                ListActiveTokens = list_active_tokens(
                    tenant: [TenantId], user: [Option<UserId>], now: [Timestamp], page: &Page<TokenId>
                ) -> Vec<Token> { read, empty }
                RevokeToken = revoke_token(tenant: [TenantId], revocation: &Revocation) -> () { change missing[Tenant] }
                IsTokenRevoked = is_token_revoked(tenant: [TenantId], token: [TokenId]) -> bool { read, empty }
                GetRevocation = get_revocation(tenant: [TenantId], token: [TokenId]) -> Option<Revocation> { read, empty }
                CleanupExpiredTokens = cleanup_expired_tokens(tenant: [TenantId], now: [Timestamp]) -> u64 {
                    change missing[Tenant], empty
                }
            }
            settings Settings: SystemSettings {
                GetSettings = get_settings(tenant: [TenantId]) -> Settings { read }
                UpdateSettings = update_settings(tenant: [TenantId], update: &SettingsUpdate) -> Settings {
                    change missing[Tenant]
                }
            }
            audit Audit: AuditLog {
                LogAuditEvent = log_audit_event(event: &AuditEvent) -> () { create missing[Tenant] taken[AuditEvent] }
                GetAuditEvent = get_audit_event(tenant: [TenantId], event: [AuditEventId]) -> Option<AuditEvent> { read, empty }
                ListAuditEvents = list_audit_events(
                    tenant: [TenantId], filter: &AuditFilter, page: &Page<AuditKey>
                ) -> Vec<AuditEvent> { read, empty }
                CountAuditEvents = count_audit_events(tenant: [TenantId], filter: &AuditFilter) -> u64 { read, empty }
            }
            business_metadata BusinessMetadata: BusinessMetadataStore {
                UpsertBusinessMetadata = upsert_business_metadata(
                    tenant: [TenantId], asset: [AssetId], write: &MetadataWrite
                ) -> BusinessMetadata { create missing[Tenant Asset] }
                GetBusinessMetadata = get_business_metadata(
                    tenant: [TenantId], asset: [AssetId]
                ) -> Option<BusinessMetadata> { read, empty }
                DeleteBusinessMetadata = delete_business_metadata(tenant: [TenantId], asset: [AssetId]) -> () {
                    change missing[Tenant BusinessMetadata]
                }
            }
            search Search: Search {
                SearchAssets = search_assets(
                    tenant: [TenantId], search: &AssetSearch, page: &Page<AssetKey>
                ) -> Vec<AssetHit> { read, empty }
                SearchCatalogs = search_catalogs(tenant: [TenantId], text: &Text, page: &Page<Name>) -> Vec<Catalog> { read, empty }
                SearchNamespaces = search_namespaces(
                    tenant: [TenantId], text: &Text, page: &Page<NamespaceKey>
                ) -> Vec<NamespaceHit> { read, empty }
                SearchBranches = search_branches(
                    tenant: [TenantId], text: &Text, page: &Page<BranchRef>
                ) -> Vec<BranchHit> { read, empty }
            }
            access_requests AccessRequests: AccessRequests {
                CreateAccessRequest = create_access_request(request: &NewAccessRequest) -> () {
                    create missing[Tenant User Asset] taken[AccessRequest]
                }
                GetAccessRequest = get_access_request(
                    tenant: [TenantId], request: [AccessRequestId]
                ) -> Option<AccessRequest> { read, empty }
                ListAccessRequests = list_access_requests(
                    tenant: [TenantId], status: [Option<RequestStatus>], page: &Page<AccessRequestKey>
                ) -> Vec<AccessRequest> { read, empty }
                ReviewAccessRequest = review_access_request(
                    tenant: [TenantId], request: [AccessRequestId], review: &Review
                ) -> AccessRequest { change missing[Tenant AccessRequest] conflict[IllegalState] }
            }
            federation Federation: Federation {
                RecordSync = record_sync(tenant: [TenantId], catalog: &Name, status: &SyncStatus) -> () {
                    change missing[Tenant Catalog] conflict[NotFederated]
                }
                GetSync = get_sync(tenant: [TenantId], catalog: &Name) -> Option<SyncStatus> { read, empty }
            }
        }
    };
}
pub(crate) use table;

/// An argument as a trait's method takes it.
macro_rules! pass {
    ($arg:ident [$copied:ty]) => {
        *$arg
    };
    ($arg:ident) => {
        $arg
    };
}
pub(crate) use pass;
