//! Warehouses: where the data of catalogs is, and how clients get credentials for it.

use serde::{Deserialize, Serialize};

use crate::types::present;
use crate::{Name, Properties, Secret, Text, WarehouseId};

/// A place in an object store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Warehouse {
    /// Unique in the tenant.
    pub id: WarehouseId,
    /// Unique in the tenant.
    pub name: Name,
    /// Bucket, region, endpoint and the like.
    pub storage_config: Properties,
    /// How clients get credentials, if they get any.
    pub vending: Option<Vending>,
}

impl Warehouse {
    /// This warehouse, changed as `update` says.
    #[must_use]
    pub fn updated(self, update: &WarehouseUpdate) -> Self {
        Self {
            name: update.name.clone().unwrap_or(self.name),
            storage_config: update.storage_config.clone().unwrap_or(self.storage_config),
            vending: update.vending.clone().unwrap_or(self.vending),
            ..self
        }
    }
}

/// A way to give credentials to clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Vending {
    /// Short-lived credentials from AWS STS.
    AwsSts {
        /// The role to assume.
        role_arn: Text,
        /// The external id that the role's trust policy requires, if it does.
        external_id: Option<Text>,
    },
    /// The same AWS key for all clients.
    AwsStatic {
        /// The key's id.
        access_key_id: Text,
        /// The key's secret.
        secret_access_key: Secret,
    },
    /// Shared access signatures of Azure.
    AzureSas {
        /// The storage account.
        account_name: Text,
        /// Its key.
        account_key: Secret,
    },
    /// Downscoped tokens of Google Cloud.
    GcpDownscoped {
        /// The service account.
        service_account_email: Text,
        /// Its private key.
        private_key: Secret,
    },
}

/// What to change in a [`Warehouse`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WarehouseUpdate {
    /// A new name; the catalogs that name the warehouse get it, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// A new storage configuration, instead of all of the old one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_config: Option<Properties>,
    /// A new way to give credentials, or none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub vending: Option<Option<Vending>>,
}
