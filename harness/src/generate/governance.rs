//! Calls on settings, the audit log, business metadata, search, access requests and federation.

use pangolin_store::*;

use super::Generator;
use crate::contract::op::{Method, Op};
use crate::contract::world::{self, NAMES, NEEDLES, PATHS, TIMES};

impl Generator<'_> {
    pub(super) fn governance_prerequisite(&self, method: Method) -> Option<Method> {
        use Method::*;
        let known = self.known();
        let tenant = *known.tenants().first()?;
        match method {
            GetAuditEvent | ListAuditEvents | CountAuditEvents => {
                known.audit_events(tenant).is_empty().then_some(LogAuditEvent)
            }
            UpsertBusinessMetadata | CreateAccessRequest => {
                (!self.some_asset(tenant)).then_some(CreateAsset)
            }
            GetBusinessMetadata | DeleteBusinessMetadata | SearchAssets => {
                let there = |asset| known.has_metadata(tenant, asset);
                (!world::ids().into_iter().any(there)).then_some(UpsertBusinessMetadata)
            }
            SearchCatalogs | SearchBranches | RecordSync => {
                known.catalogs(tenant).is_empty().then_some(CreateCatalog)
            }
            SearchNamespaces => {
                let there = |catalog: &Catalog| !known.namespaces(tenant, &catalog.name).is_empty();
                (!known.catalogs(tenant).iter().any(there)).then_some(CreateNamespace)
            }
            GetAccessRequest | ListAccessRequests | ReviewAccessRequest => {
                known.access_requests(tenant).is_empty().then_some(CreateAccessRequest)
            }
            GetSync => (!self.some_federated(tenant)).then_some(CreateCatalog),
            _ => None,
        }
    }

    fn some_federated(&self, tenant: TenantId) -> bool {
        let catalogs = self.known().catalogs(tenant);
        catalogs.iter().any(|catalog| catalog.kind != CatalogKind::Local)
    }

    pub(super) fn governance_call(&mut self, method: Method) -> Op {
        use Method::*;
        let tenant = self.tenant();
        match method {
            GetSettings => Op::GetSettings { tenant },
            UpdateSettings => self.update_settings(tenant),
            LogAuditEvent => self.log_audit_event(tenant),
            GetAuditEvent => {
                let there: Vec<AuditEventId> =
                    self.known().audit_events(tenant).into_iter().map(|event| event.id).collect();
                Op::GetAuditEvent { tenant, event: self.existing_id(&there) }
            }
            ListAuditEvents => {
                let there = self.known().audit_events(tenant);
                let keys: Vec<AuditKey> = TIMES
                    .iter()
                    .zip(world::ids())
                    .map(|(&timestamp, id)| AuditKey { timestamp, id })
                    .chain(there.iter().map(AuditEvent::key))
                    .collect();
                let filter = self.audit_filter(&there);
                Op::ListAuditEvents { tenant, filter, page: self.page(&keys) }
            }
            CountAuditEvents => {
                let there = self.known().audit_events(tenant);
                Op::CountAuditEvents { tenant, filter: self.audit_filter(&there) }
            }
            UpsertBusinessMetadata => self.upsert_business_metadata(tenant),
            GetBusinessMetadata => {
                Op::GetBusinessMetadata { tenant, asset: self.described_asset(tenant) }
            }
            DeleteBusinessMetadata => {
                Op::DeleteBusinessMetadata { tenant, asset: self.described_asset(tenant) }
            }
            SearchAssets => self.search_assets(tenant),
            SearchCatalogs => {
                let there = self.known().catalogs(tenant);
                let names: Vec<Name> = there.into_iter().map(|catalog| catalog.name).collect();
                Op::SearchCatalogs { tenant, text: self.needle(&names), page: self.page(&NAMES) }
            }
            SearchNamespaces => {
                let keys: Vec<NamespaceKey> = PATHS
                    .iter()
                    .map(|path| NamespaceKey { catalog: NAMES[0].clone(), path: path.clone() })
                    .collect();
                let leaves = self.leaves(tenant);
                let text = self.needle(&leaves);
                Op::SearchNamespaces { tenant, text, page: self.page(&keys) }
            }
            SearchBranches => {
                let keys: Vec<BranchRef> = NAMES
                    .iter()
                    .map(|name| BranchRef { catalog: NAMES[0].clone(), branch: name.clone() })
                    .collect();
                let text = self.needle(&NAMES);
                Op::SearchBranches { tenant, text, page: self.page(&keys) }
            }
            CreateAccessRequest => self.create_access_request(tenant),
            GetAccessRequest => {
                Op::GetAccessRequest { tenant, request: self.access_request(tenant) }
            }
            ListAccessRequests => {
                let there = self.known().access_requests(tenant);
                let keys: Vec<AccessRequestKey> = there.iter().map(AccessRequest::key).collect();
                let status = self.maybe(Self::one_of);
                Op::ListAccessRequests { tenant, status, page: self.page(&keys) }
            }
            ReviewAccessRequest => {
                let request = self.access_request(tenant);
                let review = Review {
                    decision: self.one_of(),
                    reviewed_by: self.id(),
                    reviewed_at: self.time(),
                    comment: self.maybe(Self::text),
                };
                Op::ReviewAccessRequest { tenant, request, review }
            }
            RecordSync => self.record_sync(tenant),
            _ => Op::GetSync { tenant, catalog: self.federated_catalog(tenant) },
        }
    }

    fn update_settings(&mut self, tenant: TenantId) -> Op {
        let days = [0, 1, 30, u32::MAX];
        let ports = [0, 25, u16::MAX];
        let update = SettingsUpdate {
            allow_public_signup: self.maybe(|this| this.choose.percent(50)),
            default_warehouse_bucket: self.maybe(|this| this.maybe(Self::text)),
            default_retention_days: self.maybe(|this| days[this.choose.below(days.len())]),
            smtp_host: self.maybe(|this| this.maybe(Self::text)),
            smtp_port: self.maybe(|this| this.maybe(|this| ports[this.choose.below(ports.len())])),
            smtp_user: self.maybe(|this| this.maybe(Self::text)),
            smtp_password: self.maybe(|this| this.maybe(Self::secret)),
        };
        Op::UpdateSettings { tenant, update }
    }

    fn log_audit_event(&mut self, tenant: TenantId) -> Op {
        let there: Vec<AuditEventId> =
            self.known().audit_events(tenant).into_iter().map(|event| event.id).collect();
        let event = AuditEvent {
            id: self.fresh_id(&there),
            tenant,
            user: self.maybe(Self::id),
            username: self.text(),
            action: self.one_of(),
            resource_type: self.one_of(),
            resource_id: self.maybe(Self::id),
            resource_name: self.text(),
            timestamp: self.time(),
            ip_address: self.maybe(Self::text),
            user_agent: self.maybe(Self::text),
            result: self.one_of(),
            error_message: self.maybe(Self::text),
            metadata: self.maybe(Self::json),
        };
        Op::LogAuditEvent { event }
    }

    /// A filter that mostly asks for what some event has.
    fn audit_filter(&mut self, there: &[AuditEvent]) -> AuditFilter {
        let like = if self.choose.percent(80) { self.choose.pick(there) } else { None };
        let Some(like) = like else {
            return AuditFilter {
                user: self.maybe(Self::id),
                action: self.maybe(Self::one_of),
                ..AuditFilter::default()
            };
        };
        let mut given = |percent| self.choose.percent(percent);
        AuditFilter {
            user: like.user.filter(|_| given(25)),
            action: given(25).then_some(like.action),
            resource_type: given(25).then_some(like.resource_type),
            resource_id: like.resource_id.filter(|_| given(25)),
            from: given(25).then_some(like.timestamp),
            to: given(25).then_some(like.timestamp),
            result: given(25).then_some(like.result),
        }
    }

    /// An asset that mostly has business metadata.
    fn described_asset(&mut self, tenant: TenantId) -> AssetId {
        let there: Vec<AssetId> = world::ids()
            .into_iter()
            .filter(|&asset| self.known().has_metadata(tenant, asset))
            .collect();
        self.existing_id(&there)
    }

    fn metadata_tags(&mut self, percent: usize) -> SmallSet<Name> {
        let tags = self.choose.some_of(&NAMES[..5], percent);
        SmallSet::new(tags).expect("five are few enough")
    }

    fn upsert_business_metadata(&mut self, tenant: TenantId) -> Op {
        let asset = self.asset_of(tenant);
        let write = MetadataWrite {
            description: self.maybe(Self::text),
            tags: self.metadata_tags(50),
            properties: self.json(),
            discoverable: self.choose.percent(50),
            by: self.id(),
            at: self.time(),
        };
        Op::UpsertBusinessMetadata { tenant, asset, write }
    }

    /// The names of a tenant's namespaces.
    fn leaves(&self, tenant: TenantId) -> Vec<Name> {
        let known = self.known();
        let catalogs = known.catalogs(tenant).into_iter();
        let namespaces = catalogs.flat_map(|catalog| known.namespaces(tenant, &catalog.name));
        namespaces.map(|namespace| namespace.path.leaf().clone()).collect()
    }

    /// What to look for: often a part of one of these names, in whatever case.
    fn needle(&mut self, names: &[Name]) -> Text {
        let name = if self.choose.percent(40) { self.choose.pick(names).cloned() } else { None };
        let Some(name) = name else {
            return self.choose.pick(&NEEDLES).expect("there are needles").clone();
        };
        let cased = if self.choose.percent(50) { name.to_lowercase() } else { name.to_uppercase() };
        let from = self.choose.below(cased.chars().count());
        let count = 1 + self.choose.below(3);
        let part: String = cased.chars().skip(from).take(count).collect();
        part.parse().expect("a part of a name is text")
    }

    fn search_assets(&mut self, tenant: TenantId) -> Op {
        let search = AssetSearch {
            text: if self.choose.percent(40) { Text::default() } else { self.needle(&NAMES) },
            tags: self.searched_tags(tenant),
            kind: if self.choose.percent(15) { Some(self.one_of()) } else { None },
            discoverable: if self.choose.percent(30) {
                Some(self.choose.percent(50))
            } else {
                None
            },
        };
        let keys: Vec<AssetKey> = PATHS
            .iter()
            .zip(NAMES.iter())
            .map(|(path, name)| AssetKey {
                catalog: NAMES[0].clone(),
                namespace: path.clone(),
                name: name.clone(),
            })
            .collect();
        Op::SearchAssets { tenant, search, page: self.page(&keys) }
    }

    /// Mostly none, otherwise some; often one that an asset has and one that it may lack.
    fn searched_tags(&mut self, tenant: TenantId) -> SmallSet<Name> {
        if self.choose.percent(50) {
            return SmallSet::default();
        }
        let asset = self.described_asset(tenant);
        let tags = self.known().metadata(tenant, asset).map(|metadata| metadata.tags);
        let tags: Vec<Name> = tags.unwrap_or_default().items().iter().cloned().collect();
        match self.choose.pick(&tags).cloned() {
            Some(tag) if self.choose.percent(70) => {
                let other = self.choose.pick(&NAMES[..5]).expect("there are names").clone();
                SmallSet::new([tag, other]).expect("two are few enough")
            }
            _ => self.metadata_tags(35),
        }
    }

    fn access_request(&mut self, tenant: TenantId) -> AccessRequestId {
        let there: Vec<AccessRequestId> =
            self.known().access_requests(tenant).into_iter().map(|row| row.id).collect();
        self.existing_id(&there)
    }

    fn create_access_request(&mut self, tenant: TenantId) -> Op {
        let there: Vec<AccessRequestId> =
            self.known().access_requests(tenant).into_iter().map(|row| row.id).collect();
        let request = NewAccessRequest {
            id: self.fresh_id(&there),
            tenant,
            user: self.user_of(tenant),
            asset: self.asset_of(tenant),
            reason: self.maybe(Self::text),
            requested_at: self.time(),
        };
        Op::CreateAccessRequest { request }
    }

    fn federated_catalog(&mut self, tenant: TenantId) -> Name {
        let there: Vec<Name> = self
            .known()
            .catalogs(tenant)
            .into_iter()
            .filter(|catalog| catalog.kind != CatalogKind::Local)
            .map(|catalog| catalog.name)
            .collect();
        if self.choose.percent(80) { self.existing(&there, &NAMES) } else { self.catalog(tenant) }
    }

    fn record_sync(&mut self, tenant: TenantId) -> Op {
        let catalog = self.federated_catalog(tenant);
        let counts = [0, 1, u32::MAX];
        let status = SyncStatus {
            last_synced_at: self.time(),
            status: self.one_of(),
            tables_synced: counts[self.choose.below(counts.len())],
            namespaces_synced: counts[self.choose.below(counts.len())],
            error: self.maybe(Self::text),
        };
        Op::RecordSync { tenant, catalog, status }
    }
}
