use async_trait::async_trait;
use bson::{Bson, Document, doc};

use super::MongoStore;
use super::error::Undecodable;
use super::query::Changes;
use super::schema::TENANTS;
use super::value::Fields;
use crate::store::SystemSettings;
use crate::{Entity, Result, Settings, SettingsUpdate, StoreError, TenantId};

/// The settings are in the tenant's document, so that a call is one command.
#[async_trait]
impl SystemSettings for MongoStore {
    async fn get_settings(&self, tenant: TenantId) -> Result<Settings> {
        let settings = self.get(TENANTS, doc! { "_id": tenant }, read).await?;
        Ok(settings.unwrap_or_default())
    }

    async fn update_settings(&self, tenant: TenantId, update: &SettingsUpdate) -> Result<Settings> {
        let port = update.smtp_port.map(|port| port.map(i32::from));
        let changes = Changes::default()
            .set("settings.allow_public_signup", &update.allow_public_signup)
            .set("settings.default_warehouse_bucket", &update.default_warehouse_bucket)
            .set("settings.default_retention_days", &update.default_retention_days.map(i64::from))
            .set("settings.smtp_host", &update.smtp_host)
            .set("settings.smtp_port", &port)
            .set("settings.smtp_user", &update.smtp_user)
            .set("settings.smtp_password", &update.smtp_password);
        match self.change(TENANTS, doc! { "_id": tenant }, changes.update()).await? {
            Some(row) => Ok(read(&row)?),
            None => Err(StoreError::not_found(Entity::Tenant, tenant)),
        }
    }
}

/// Reads the settings of a tenant; a setting that was not set has its default.
fn read(tenant: &Document) -> Result<Settings, Undecodable> {
    let default = Settings::default();
    let Some(Bson::Document(set)) = tenant.get("settings") else { return Ok(default) };
    let signup: Option<bool> = set.read("allow_public_signup")?;
    let retention: Option<u32> = set.read("default_retention_days")?;
    Ok(Settings {
        allow_public_signup: signup.unwrap_or(default.allow_public_signup),
        default_warehouse_bucket: set.read("default_warehouse_bucket")?,
        default_retention_days: retention.unwrap_or(default.default_retention_days),
        smtp_host: set.read("smtp_host")?,
        smtp_port: set.read("smtp_port")?,
        smtp_user: set.read("smtp_user")?,
        smtp_password: set.read("smtp_password")?,
    })
}
