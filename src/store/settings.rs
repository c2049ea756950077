use async_trait::async_trait;

use crate::{Result, Settings, SettingsUpdate, TenantId};

/// System settings: one row per tenant.
#[async_trait]
pub trait SystemSettings: Send + Sync {
    /// A tenant's settings; the defaults until they are set, and for a tenant that does not exist.
    async fn get_settings(&self, tenant: TenantId) -> Result<Settings>;

    /// Changes a tenant's settings and returns them as they are now.
    ///
    /// # Errors
    /// `NotFound(Tenant)`.
    async fn update_settings(&self, tenant: TenantId, update: &SettingsUpdate) -> Result<Settings>;
}
