//! System settings of a tenant.

use serde::{Deserialize, Serialize};

use crate::types::present;
use crate::{Secret, Text};

/// A tenant's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Whether anyone may sign up; the default is no.
    pub allow_public_signup: bool,
    /// The bucket for warehouses that name none.
    pub default_warehouse_bucket: Option<Text>,
    /// How many days deleted data is kept; the default is 30.
    pub default_retention_days: u32,
    /// The mail server.
    pub smtp_host: Option<Text>,
    /// The port of the mail server.
    pub smtp_port: Option<u16>,
    /// The user for the mail server.
    pub smtp_user: Option<Text>,
    /// The password for the mail server.
    pub smtp_password: Option<Secret>,
}

impl Default for Settings {
    /// The settings before any was set.
    fn default() -> Self {
        Self {
            allow_public_signup: false,
            default_warehouse_bucket: None,
            default_retention_days: 30,
            smtp_host: None,
            smtp_port: None,
            smtp_user: None,
            smtp_password: None,
        }
    }
}

impl Settings {
    /// These settings, changed as `update` says.
    #[must_use]
    pub fn updated(self, update: &SettingsUpdate) -> Self {
        Self {
            allow_public_signup: update.allow_public_signup.unwrap_or(self.allow_public_signup),
            default_warehouse_bucket: update
                .default_warehouse_bucket
                .clone()
                .unwrap_or(self.default_warehouse_bucket),
            default_retention_days: update
                .default_retention_days
                .unwrap_or(self.default_retention_days),
            smtp_host: update.smtp_host.clone().unwrap_or(self.smtp_host),
            smtp_port: update.smtp_port.unwrap_or(self.smtp_port),
            smtp_user: update.smtp_user.clone().unwrap_or(self.smtp_user),
            smtp_password: update.smtp_password.clone().unwrap_or(self.smtp_password),
        }
    }
}

/// What to change in [`Settings`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the fields of `Settings`
pub struct SettingsUpdate {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_public_signup: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub default_warehouse_bucket: Option<Option<Text>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_retention_days: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub smtp_host: Option<Option<Text>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub smtp_port: Option<Option<u16>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub smtp_user: Option<Option<Text>>,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub smtp_password: Option<Option<Secret>>,
}
