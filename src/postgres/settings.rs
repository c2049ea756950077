//! Settings: the table `settings`, with at most one row for each tenant.

use async_trait::async_trait;
use const_format::formatcp;
use sqlx::error::BoxDynError;

use super::PostgresStore;
use super::error::Undecodable;
use super::statement::{Row, values};
use crate::store::SystemSettings;
use crate::{Result, Settings, SettingsUpdate, TenantId};

/// The columns that [`read`] reads.
const COLUMNS: &str = "\
    allow_public_signup, default_warehouse_bucket, default_retention_days, smtp_host, smtp_port,
    smtp_user, smtp_password";

#[async_trait]
impl SystemSettings for PostgresStore {
    async fn get_settings(&self, tenant: TenantId) -> Result<Settings> {
        let sql = formatcp!("SELECT {COLUMNS} FROM settings WHERE tenant = $1");
        Ok(self.first(sql, values![tenant], read).await?.unwrap_or_default())
    }

    async fn update_settings(&self, tenant: TenantId, update: &SettingsUpdate) -> Result<Settings> {
        // `excluded` holds the new values. `$9` and the following say which of them the update sets.
        let sql = formatcp!(
            "WITH at AS (SELECT t.id AS tenant FROM tenants t WHERE t.id = $1),
             after AS (
                 INSERT INTO settings (tenant, {COLUMNS})
                 SELECT tenant, $2, $3, $4, $5, $6, $7, $8 FROM at
                 ON CONFLICT (tenant) DO UPDATE
                 SET allow_public_signup = CASE WHEN $9 THEN excluded.allow_public_signup
                                           ELSE settings.allow_public_signup END,
                     default_warehouse_bucket = CASE WHEN $10 THEN excluded.default_warehouse_bucket
                                                ELSE settings.default_warehouse_bucket END,
                     default_retention_days = CASE WHEN $11 THEN excluded.default_retention_days
                                              ELSE settings.default_retention_days END,
                     smtp_host = CASE WHEN $12 THEN excluded.smtp_host
                                 ELSE settings.smtp_host END,
                     smtp_port = CASE WHEN $13 THEN excluded.smtp_port
                                 ELSE settings.smtp_port END,
                     smtp_user = CASE WHEN $14 THEN excluded.smtp_user
                                 ELSE settings.smtp_user END,
                     smtp_password = CASE WHEN $15 THEN excluded.smtp_password
                                     ELSE settings.smtp_password END
                 RETURNING *
             )
             SELECT {COLUMNS} FROM after"
        );
        let new = Settings::default().updated(update);
        let values = values![
            tenant,
            new.allow_public_signup,
            &new.default_warehouse_bucket,
            i64::from(new.default_retention_days),
            &new.smtp_host,
            new.smtp_port.map(i32::from),
            &new.smtp_user,
            &new.smtp_password,
            update.allow_public_signup.is_some(),
            update.default_warehouse_bucket.is_some(),
            update.default_retention_days.is_some(),
            update.smtp_host.is_some(),
            update.smtp_port.is_some(),
            update.smtp_user.is_some(),
            update.smtp_password.is_some(),
        ];
        self.write(sql, values, |mut answer| {
            answer.tenant(tenant)?;
            answer.value(read)
        })
        .await
    }
}

/// Converts a number from the database, where its type has a wider range.
pub(super) fn number<T: TryFrom<i64>>(stored: i64, column: &str) -> sqlx::Result<T> {
    stored.try_into().map_err(|_| {
        let source: BoxDynError = Undecodable { expected: "number within its bounds" }.into();
        sqlx::Error::ColumnDecode { index: column.to_owned(), source }
    })
}

fn read(row: &Row, at: usize) -> sqlx::Result<Settings> {
    let port: Option<i32> = row.get(at + 4)?;
    Ok(Settings {
        allow_public_signup: row.get(at)?,
        default_warehouse_bucket: row.get(at + 1)?,
        default_retention_days: number(row.get(at + 2)?, "default_retention_days")?,
        smtp_host: row.get(at + 3)?,
        smtp_port: port.map(|port| number(port.into(), "smtp_port")).transpose()?,
        smtp_user: row.get(at + 5)?,
        smtp_password: row.get(at + 6)?,
    })
}
