//! Calls on users, roles, permissions, service users and tokens.

use pangolin_store::*;

use super::Generator;
use crate::contract::op::{Method, Op};
use crate::contract::world::{self, HASHES, NAMES};

impl Generator<'_> {
    pub(super) fn people_prerequisite(&self, method: Method) -> Option<Method> {
        use Method::*;
        let known = self.known();
        match method {
            GetUser | GetUserByUsername | GetUserByOauth | UpdateUser | DeleteUser => {
                return known.users(None).is_empty().then_some(CreateUser);
            }
            GetServiceUserByApiKeyHash => {
                let there = |tenant| !known.service_users(tenant).is_empty();
                return (!known.tenants().into_iter().any(there)).then_some(CreateServiceUser);
            }
            _ => {}
        }
        let tenant = *known.tenants().first()?;
        match method {
            GetRole | ListRoles | UpdateRole | DeleteRole => {
                known.roles(tenant).is_empty().then_some(CreateRole)
            }
            ListUsers | GrantPermission | StoreToken | CreateAccessRequest => {
                known.users(Some(tenant)).is_empty().then_some(CreateUser)
            }
            AssignRole => {
                if known.users(Some(tenant)).is_empty() {
                    return Some(CreateUser);
                }
                known.roles(tenant).is_empty().then_some(CreateRole)
            }
            RevokeRole | ListUserRoles => {
                let assigned = |user: &User| !known.user_roles(tenant, user.id).is_empty();
                (!known.users(Some(tenant)).iter().any(assigned)).then_some(AssignRole)
            }
            RevokePermission
            | ListUserPermissions
            | ListTenantPermissions
            | EffectivePermissions => {
                known.permissions(tenant).is_empty().then_some(GrantPermission)
            }
            GetServiceUser | ListServiceUsers | UpdateServiceUser | RotateApiKey
            | TouchServiceUser | DeleteServiceUser => {
                known.service_users(tenant).is_empty().then_some(CreateServiceUser)
            }
            ListActiveTokens => known.tokens(tenant).is_empty().then_some(StoreToken),
            _ => None,
        }
    }

    pub(super) fn people_call(&mut self, method: Method) -> Op {
        use Method::*;
        let tenant = self.tenant();
        match method {
            CreateUser => self.create_user(tenant),
            GetUser => Op::GetUser { user: self.user() },
            GetUserByUsername => Op::GetUserByUsername { username: self.username() },
            GetUserByOauth => Op::GetUserByOauth { identity: self.oauth() },
            ListUsers => {
                let tenant = if self.choose.percent(70) { Some(tenant) } else { None };
                Op::ListUsers { tenant, page: self.page(&NAMES) }
            }
            UpdateUser => self.update_user(),
            DeleteUser => Op::DeleteUser { user: self.user() },
            CreateRole => self.create_role(tenant),
            GetRole => Op::GetRole { tenant, role: self.role(tenant) },
            ListRoles => Op::ListRoles { tenant, page: self.page(&NAMES) },
            UpdateRole => self.update_role(tenant),
            DeleteRole => Op::DeleteRole { tenant, role: self.role(tenant) },
            AssignRole => {
                Op::AssignRole { tenant, user: self.user_of(tenant), role: self.role(tenant) }
            }
            RevokeRole => {
                let user = self.user_of(tenant);
                let there = self.known().user_roles(tenant, user);
                Op::RevokeRole { tenant, user, role: self.existing_id(&there) }
            }
            ListUserRoles => {
                let user = self.user_of(tenant);
                let there = self.known().user_roles(tenant, user);
                Op::ListUserRoles { tenant, user, page: self.page_of(&there, &world::ids()) }
            }
            GrantPermission => self.grant_permission(tenant),
            RevokePermission => {
                let there = self.known().permissions(tenant);
                Op::RevokePermission { tenant, permission: self.existing_id(&there) }
            }
            ListUserPermissions => {
                let user = self.user_of(tenant);
                let there = self.known().permissions(tenant);
                Op::ListUserPermissions { tenant, user, page: self.page_of(&there, &world::ids()) }
            }
            ListTenantPermissions => {
                let there = self.known().permissions(tenant);
                Op::ListTenantPermissions { tenant, page: self.page_of(&there, &world::ids()) }
            }
            EffectivePermissions => Op::EffectivePermissions { tenant, user: self.user_of(tenant) },
            CreateServiceUser => self.create_service_user(tenant),
            GetServiceUser => {
                Op::GetServiceUser { tenant, service_user: self.service_user(tenant) }
            }
            GetServiceUserByApiKeyHash => {
                Op::GetServiceUserByApiKeyHash { hash: self.known_hash(tenant) }
            }
            ListServiceUsers => Op::ListServiceUsers { tenant, page: self.page(&NAMES) },
            UpdateServiceUser => self.update_service_user(tenant),
            RotateApiKey => {
                let service_user = self.service_user(tenant);
                Op::RotateApiKey { tenant, service_user, hash: self.hash() }
            }
            TouchServiceUser => {
                let service_user = self.service_user(tenant);
                Op::TouchServiceUser { tenant, service_user, at: self.time() }
            }
            DeleteServiceUser => {
                Op::DeleteServiceUser { tenant, service_user: self.service_user(tenant) }
            }
            StoreToken => self.store_token(tenant),
            ListActiveTokens => {
                let user = self.maybe(|this| this.user_of(tenant));
                let there = self.known().tokens(tenant);
                let page = self.page_of(&there, &world::ids());
                Op::ListActiveTokens { tenant, user, now: self.expiry(tenant), page }
            }
            RevokeToken => {
                let token = self.token(tenant);
                let reason = self.maybe(Self::text);
                let expires_at = self.time();
                Op::RevokeToken { tenant, revocation: Revocation { token, reason, expires_at } }
            }
            IsTokenRevoked => Op::IsTokenRevoked { tenant, token: self.token(tenant) },
            GetRevocation => Op::GetRevocation { tenant, token: self.token(tenant) },
            _ => Op::CleanupExpiredTokens { tenant, now: self.expiry(tenant) },
        }
    }

    /// A user of any tenant or of none.
    fn user(&mut self) -> UserId {
        let there: Vec<UserId> = self.known().users(None).into_iter().map(|user| user.id).collect();
        self.existing_id(&there)
    }

    fn username(&mut self) -> Name {
        let there: Vec<Name> =
            self.known().users(None).into_iter().map(|user| user.username).collect();
        self.existing(&there, &NAMES)
    }

    fn oauth(&mut self) -> OAuthIdentity {
        let provider = self.choose.pick(&NAMES[..2]).expect("there are names").clone();
        let subject = self.choose.pick(&NAMES[..4]).expect("there are names").clone();
        OAuthIdentity { provider, subject }
    }

    fn create_user(&mut self, tenant: TenantId) -> Op {
        let there = self.known().users(None);
        let (ids, names): (Vec<_>, Vec<_>) =
            there.into_iter().map(|user| (user.id, user.username)).unzip();
        let user = User {
            id: self.fresh_id(&ids),
            tenant: if self.choose.percent(85) { Some(tenant) } else { None },
            username: self.fresh(&names, &NAMES),
            email: self.text(),
            password_hash: self.maybe(Self::secret),
            oauth: self.maybe(Self::oauth),
            role: self.one_of(),
            active: self.choose.percent(70),
            created_at: self.time(),
            updated_at: self.time(),
            last_login: self.maybe(Self::time),
        };
        Op::CreateUser { user }
    }

    fn update_user(&mut self) -> Op {
        let user = self.user();
        let update = UserUpdate {
            username: self.maybe(Self::name),
            email: self.maybe(Self::text),
            password_hash: self.maybe(|this| this.maybe(Self::secret)),
            oauth: self.maybe(|this| this.maybe(Self::oauth)),
            role: self.maybe(Self::one_of),
            active: self.maybe(|this| this.choose.percent(50)),
            last_login: self.maybe(|this| this.maybe(Self::time)),
            updated_at: self.time(),
        };
        Op::UpdateUser { user, update }
    }

    fn role(&mut self, tenant: TenantId) -> RoleId {
        let there: Vec<RoleId> =
            self.known().roles(tenant).into_iter().map(|role| role.id).collect();
        self.existing_id(&there)
    }

    fn scope(&mut self) -> Scope {
        match self.choose.below(5) {
            0 => Scope::Tenant,
            1 => Scope::Catalog { catalog: self.id() },
            2 => {
                let paths = &world::PATHS[..4];
                let namespace = self.choose.pick(paths).expect("there are paths").clone();
                Scope::Namespace { catalog: world::id(0), namespace }
            }
            3 => Scope::Asset { asset: world::id(self.choose.below(2)) },
            _ => {
                Scope::Tag { tag: self.choose.pick(&NAMES[..4]).expect("there are names").clone() }
            }
        }
    }

    fn actions(&mut self) -> SmallSet<Action> {
        let actions: Vec<Action> = (0..self.choose.below(4)).map(|_| self.one_of()).collect();
        SmallSet::new(actions).expect("three are few enough")
    }

    fn grants(&mut self) -> SmallSet<Grant> {
        let grants: Vec<Grant> = (0..self.choose.below(4))
            .map(|_| Grant { scope: self.scope(), actions: self.actions() })
            .collect();
        SmallSet::new(grants).expect("three are few enough")
    }

    fn create_role(&mut self, tenant: TenantId) -> Op {
        let there = self.known().roles(tenant);
        let (ids, names): (Vec<_>, Vec<_>) =
            there.into_iter().map(|role| (role.id, role.name)).unzip();
        let role = Role {
            id: self.fresh_id(&ids),
            name: self.fresh(&names, &NAMES),
            description: self.maybe(Self::text),
            grants: self.grants(),
            created_by: self.id(),
            created_at: self.time(),
            updated_at: self.time(),
        };
        Op::CreateRole { tenant, role }
    }

    fn update_role(&mut self, tenant: TenantId) -> Op {
        let role = self.role(tenant);
        let update = RoleUpdate {
            name: self.maybe(Self::name),
            description: self.maybe(|this| this.maybe(Self::text)),
            grants: self.maybe(Self::grants),
            updated_at: self.time(),
        };
        Op::UpdateRole { tenant, role, update }
    }

    fn grant_permission(&mut self, tenant: TenantId) -> Op {
        let there = self.known().permissions(tenant);
        let permission = Permission {
            id: self.fresh_id(&there),
            user: self.user_of(tenant),
            scope: self.scope(),
            actions: self.actions(),
            granted_by: self.id(),
            granted_at: self.time(),
        };
        Op::GrantPermission { tenant, permission }
    }

    fn service_user(&mut self, tenant: TenantId) -> ServiceUserId {
        let there: Vec<ServiceUserId> =
            self.known().service_users(tenant).into_iter().map(|row| row.id).collect();
        self.existing_id(&there)
    }

    fn hash(&mut self) -> ApiKeyHash {
        self.choose.pick(&HASHES).expect("there are hashes").clone()
    }

    fn known_hash(&mut self, tenant: TenantId) -> ApiKeyHash {
        let there: Vec<ApiKeyHash> =
            self.known().service_users(tenant).into_iter().map(|row| row.api_key_hash).collect();
        self.existing(&there, &HASHES)
    }

    fn create_service_user(&mut self, tenant: TenantId) -> Op {
        let there = self.known().service_users(tenant);
        let ids: Vec<ServiceUserId> = there.iter().map(|row| row.id).collect();
        let names: Vec<Name> = there.iter().map(|row| row.name.clone()).collect();
        let hashes: Vec<ApiKeyHash> = there.into_iter().map(|row| row.api_key_hash).collect();
        let service_user = ServiceUser {
            id: self.fresh_id(&ids),
            tenant,
            name: self.fresh(&names, &NAMES),
            description: self.maybe(Self::text),
            api_key_hash: self.fresh(&hashes, &HASHES),
            role: self.one_of(),
            created_at: self.time(),
            created_by: self.id(),
            last_used: self.maybe(Self::time),
            expires_at: self.maybe(Self::time),
            active: self.choose.percent(70),
        };
        Op::CreateServiceUser { service_user }
    }

    fn update_service_user(&mut self, tenant: TenantId) -> Op {
        let service_user = self.service_user(tenant);
        let update = ServiceUserUpdate {
            name: self.maybe(Self::name),
            description: self.maybe(|this| this.maybe(Self::text)),
            role: self.maybe(Self::one_of),
            expires_at: self.maybe(|this| this.maybe(Self::time)),
            active: self.maybe(|this| this.choose.percent(50)),
        };
        Op::UpdateServiceUser { tenant, service_user, update }
    }

    fn token(&mut self, tenant: TenantId) -> TokenId {
        let there = self.known().tokens(tenant);
        self.existing_id(&there)
    }

    /// Often a time at which some token expires and others do not yet.
    fn expiry(&mut self, tenant: TenantId) -> Timestamp {
        let tokens = self.known().active_tokens(tenant);
        let first = tokens.iter().map(|token| token.expires_at).min();
        match first {
            Some(first) if self.choose.percent(60) => first,
            _ => self.time(),
        }
    }

    fn store_token(&mut self, tenant: TenantId) -> Op {
        let there = self.known().tokens(tenant);
        let token = Token {
            id: self.fresh_id(&there),
            tenant,
            user: self.user_of(tenant),
            created_at: self.time(),
            expires_at: self.time(),
        };
        Op::StoreToken { token }
    }
}
