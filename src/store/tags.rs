use async_trait::async_trait;

use crate::{Name, Page, Result, Tag, TenantId};

/// Tags of a catalog. The name is unique in it.
#[async_trait]
pub trait Tags: Send + Sync {
    /// Creates a tag.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`; `AlreadyExists(Tag)`; `NotFound(Commit)`.
    async fn create_tag(&self, tenant: TenantId, catalog: &Name, tag: &Tag) -> Result<()>;

    /// The tag with that name.
    async fn get_tag(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<Option<Tag>>;

    /// A catalog's tags by name.
    async fn list_tags(
        &self,
        tenant: TenantId,
        catalog: &Name,
        page: &Page<Name>,
    ) -> Result<Vec<Tag>>;

    /// Deletes a tag.
    ///
    /// # Errors
    /// `NotFound(Tenant)`, `NotFound(Catalog)`, `NotFound(Tag)`.
    async fn delete_tag(&self, tenant: TenantId, catalog: &Name, name: &Name) -> Result<()>;
}
