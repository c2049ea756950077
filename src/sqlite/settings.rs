//! Settings: the table `settings`, with at most one row for each tenant.

use async_trait::async_trait;
use rusqlite::Connection;

use super::statement::Statements;
use super::{SqliteStore, address};
use crate::store::SystemSettings;
use crate::{Result, Settings, SettingsUpdate, TenantId};

#[async_trait]
impl SystemSettings for SqliteStore {
    async fn get_settings(&self, tenant: TenantId) -> Result<Settings> {
        self.read(move |db| get(db, tenant)).await
    }

    async fn update_settings(&self, tenant: TenantId, update: &SettingsUpdate) -> Result<Settings> {
        let update = update.clone();
        self.write(move |db| {
            address::tenant(db, tenant)?;
            let settings = get(db, tenant)?.updated(&update);
            let sql = "INSERT OR REPLACE INTO settings (tenant, allow_public_signup,
                                                        default_warehouse_bucket,
                                                        default_retention_days, smtp_host,
                                                        smtp_port, smtp_user, smtp_password)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
            let row = (
                tenant,
                settings.allow_public_signup,
                &settings.default_warehouse_bucket,
                settings.default_retention_days,
                &settings.smtp_host,
                settings.smtp_port,
                &settings.smtp_user,
                &settings.smtp_password,
            );
            db.run(sql, row)?;
            Ok(settings)
        })
        .await
    }
}

/// The settings of a tenant. They have their defaults until they are set.
fn get(db: &Connection, tenant: TenantId) -> Result<Settings> {
    let sql = "SELECT allow_public_signup, default_warehouse_bucket, default_retention_days,
                      smtp_host, smtp_port, smtp_user, smtp_password
               FROM settings WHERE tenant = ?1";
    let settings = db.first(sql, [tenant], |row| {
        Ok(Settings {
            allow_public_signup: row.get(0)?,
            default_warehouse_bucket: row.get(1)?,
            default_retention_days: row.get(2)?,
            smtp_host: row.get(3)?,
            smtp_port: row.get(4)?,
            smtp_user: row.get(5)?,
            smtp_password: row.get(6)?,
        })
    })?;
    Ok(settings.unwrap_or_default())
}
