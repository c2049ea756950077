use async_trait::async_trait;

use super::MemoryStore;
use crate::store::SystemSettings;
use crate::{Result, Settings, SettingsUpdate, TenantId};

#[async_trait]
impl SystemSettings for MemoryStore {
    async fn get_settings(&self, tenant: TenantId) -> Result<Settings> {
        self.read(|state| Ok(state.tenant(tenant)?.settings.clone()))
    }

    async fn update_settings(&self, tenant: TenantId, update: &SettingsUpdate) -> Result<Settings> {
        self.write(|state| {
            let tenant = state.tenant_mut(tenant)?;
            tenant.settings = tenant.settings.clone().updated(update);
            Ok(tenant.settings.clone())
        })
    }
}
