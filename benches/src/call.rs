//! The measured calls, under the same name on every store.

use anyhow::Result;
use pangolin_store::{
    AssetSearch, AuditFilter, CatalogStore, MetadataSwap, Page, SmallSet, TokenId,
};

use crate::rows::{self, PAGE, READ, Sort, TENANT, WRITTEN};
use crate::scene::Scene;

/// A call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names explain themselves
pub enum Call {
    AssetByName,
    AssetById,
    ServiceUserByKey,
    UserByName,
    IsRevoked,
    Settings,
    CreateAsset,
    CommitMetadata,
    LogAuditEvent,
    UpsertMetadata,
    FirstPage,
    DeepPage,
    AuditPage,
    AuditCount,
    SearchRare,
    SearchCommon,
    SearchNone,
    SearchTwoTags,
}

/// All of them, by group.
pub const CALLS: [Call; 18] = [
    Call::AssetByName,
    Call::AssetById,
    Call::ServiceUserByKey,
    Call::UserByName,
    Call::IsRevoked,
    Call::Settings,
    Call::CreateAsset,
    Call::CommitMetadata,
    Call::LogAuditEvent,
    Call::UpsertMetadata,
    Call::FirstPage,
    Call::DeepPage,
    Call::AuditPage,
    Call::AuditCount,
    Call::SearchRare,
    Call::SearchCommon,
    Call::SearchNone,
    Call::SearchTwoTags,
];

/// A text in many names.
pub const COMMON: &str = "invoices";
/// A text in no name.
pub const NOWHERE: &str = "zzyzx";
/// A name that an eighth of the assets follow.
pub const DEEP: &str = "stock";

impl Call {
    /// The group of its benchmark.
    pub fn group(self) -> &'static str {
        match self {
            Self::AssetByName
            | Self::AssetById
            | Self::ServiceUserByKey
            | Self::UserByName
            | Self::IsRevoked
            | Self::Settings => "point_reads",
            Self::CreateAsset
            | Self::CommitMetadata
            | Self::LogAuditEvent
            | Self::UpsertMetadata => "single_writes",
            Self::FirstPage | Self::DeepPage | Self::AuditPage | Self::AuditCount => "listings",
            Self::SearchRare | Self::SearchCommon | Self::SearchNone | Self::SearchTwoTags => {
                "search"
            }
        }
    }

    /// The name of its benchmark.
    pub fn name(self) -> &'static str {
        match self {
            Self::AssetByName => "asset_by_name",
            Self::AssetById => "asset_by_id",
            Self::ServiceUserByKey => "service_user_by_key",
            Self::UserByName => "user_by_name",
            Self::IsRevoked => "is_revoked",
            Self::Settings => "settings",
            Self::CreateAsset => "create_asset",
            Self::CommitMetadata => "commit_metadata",
            Self::LogAuditEvent => "log_audit_event",
            Self::UpsertMetadata => "upsert_metadata",
            Self::FirstPage => "first_page",
            Self::DeepPage => "deep_page",
            Self::AuditPage => "audit_page",
            Self::AuditCount => "audit_count",
            Self::SearchRare => "search_rare",
            Self::SearchCommon => "search_common",
            Self::SearchNone => "search_none",
            Self::SearchTwoTags => "search_two_tags",
        }
    }

    /// Whether it is measured at several sizes.
    pub fn grows(self) -> bool {
        !matches!(self, Self::AuditPage | Self::AuditCount) && self.group() != "search"
    }

    /// Whether it uses assets only, of which there can be a million.
    pub fn is_of_assets(self) -> bool {
        use Call::{AssetById, AssetByName, CommitMetadata, CreateAsset, DeepPage, FirstPage};
        matches!(
            self,
            AssetByName | AssetById | CreateAsset | CommitMetadata | FirstPage | DeepPage
        )
    }

    /// Makes the call and returns the number of rows in its result.
    ///
    /// # Errors
    /// The store's error.
    pub async fn make(self, store: &dyn CatalogStore, scene: &Scene, turn: u64) -> Result<usize> {
        let people = scene.size / 10;
        let row = |of| scene.row(turn, of);
        Ok(match self {
            Self::AssetByName => {
                let place = rows::place(&rows::asset_name(row(scene.size), scene.size));
                store.get_asset(TENANT, &place).await?.iter().count()
            }
            Self::AssetById => {
                let id = rows::asset_id(row(scene.size));
                store.get_asset_by_id(TENANT, &rows::on("main"), id).await?.iter().count()
            }
            Self::ServiceUserByKey => {
                let hash = rows::key_hash(row(people));
                store.get_service_user_by_api_key_hash(&hash).await?.iter().count()
            }
            Self::UserByName => {
                let name = rows::name(&format!("user_{:06}", row(people)));
                store.get_user_by_username(&name).await?.iter().count()
            }
            Self::IsRevoked => {
                let token: TokenId = rows::id(Sort::Person, row(people));
                store.is_token_revoked(TENANT, token).await?;
                1
            }
            Self::Settings => {
                store.get_settings(TENANT).await?;
                1
            }
            Self::CreateAsset => {
                let number = scene.fresh();
                let asset = rows::asset(number, WRITTEN, &format!("arrival_{number:09}"));
                store.create_asset(TENANT, &rows::on("main"), &asset).await?;
                1
            }
            Self::CommitMetadata => {
                let (asset, version) = scene.swap(turn);
                let place = rows::place(&rows::asset_name(asset, scene.size));
                let expected = Some(rows::text(&format!("v{version}")));
                let new = rows::text(&format!("v{}", version + 1));
                store.commit_metadata(TENANT, &place, &MetadataSwap { expected, new }).await?;
                1
            }
            Self::LogAuditEvent => {
                store.log_audit_event(&rows::event(scene.fresh())).await?;
                1
            }
            Self::UpsertMetadata => {
                let number = row(scene.size / 100);
                let write = rows::metadata(number, scene.fresh());
                store.upsert_business_metadata(TENANT, rows::asset_id(number), &write).await?;
                1
            }
            Self::FirstPage | Self::DeepPage => {
                let after = (self == Self::DeepPage).then(|| rows::name(DEEP));
                let page = Page { after, limit: PAGE };
                let namespace = rows::namespace(READ);
                store.list_assets(TENANT, &rows::on("main"), &namespace, &page).await?.len()
            }
            Self::AuditPage => {
                let page = Page::first(PAGE);
                store.list_audit_events(TENANT, &audit_filter(turn), &page).await?.len()
            }
            Self::AuditCount => {
                store.count_audit_events(TENANT, &audit_filter(turn)).await? as usize
            }
            Self::SearchRare => search(store, rows::NEEDLE, &[]).await?,
            Self::SearchCommon => search(store, COMMON, &[]).await?,
            Self::SearchNone => search(store, NOWHERE, &[]).await?,
            Self::SearchTwoTags => search(store, "", &["reviewed", "gold"]).await?,
        })
    }
}

/// A filter for the events of one user.
pub fn audit_filter(turn: u64) -> AuditFilter {
    AuditFilter { user: Some(rows::id(Sort::Person, turn % 100)), ..AuditFilter::default() }
}

async fn search(store: &dyn CatalogStore, text: &str, tags: &[&str]) -> Result<usize> {
    let tags = SmallSet::new(tags.iter().map(|tag| rows::name(tag)))?;
    let search = AssetSearch { text: text.parse()?, tags, ..AssetSearch::default() };
    Ok(store.search_assets(TENANT, &search, &Page::first(PAGE)).await?.len())
}
