//! Warehouses: where the data of catalogs lies, and how access to it is handed out.

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
    /// How credentials are handed to clients, if they are.
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

/// A way to hand credentials to clients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Vending {
    /// Short-lived credentials from AWS STS.
    AwsSts {
        /// The role to assume.
        role_arn: Text,
        /// What the role's trust policy asks for, if it does.
        external_id: Option<Text>,
    },
    /// The same AWS key for everybody.
    AwsStatic {
        /// The key's public half.
        access_key_id: Text,
        /// The key's secret half.
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
    /// A new name; catalogs that name the warehouse name it so from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// All new storage configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_config: Option<Properties>,
    /// A new way of vending, or none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub vending: Option<Option<Vending>>,
}
