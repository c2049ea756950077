//! Access requests: a user asks for access to an asset.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::{AccessRequestId, AssetId, TenantId, Text, Timestamp, UserId};

/// A user's request for access to an asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessRequest {
    /// Unique in the tenant.
    pub id: AccessRequestId,
    /// The tenant of user and asset.
    pub tenant: TenantId,
    /// Who asks. The request stays when the user is deleted.
    pub user: UserId,
    /// The asset that is asked for.
    pub asset: AssetId,
    /// The reason.
    pub reason: Option<Text>,
    /// When it was made.
    pub requested_at: Timestamp,
    /// Its state.
    pub status: RequestStatus,
    /// Who decided it.
    pub reviewed_by: Option<UserId>,
    /// When it was decided.
    pub reviewed_at: Option<Timestamp>,
    /// The comment of who decided it.
    pub comment: Option<Text>,
}

impl AccessRequest {
    /// Its key in a listing.
    pub fn key(&self) -> AccessRequestKey {
        AccessRequestKey { requested_at: self.requested_at, id: self.id }
    }

    /// This request, decided as `review` says.
    #[must_use]
    pub fn reviewed(self, review: &Review) -> Self {
        Self {
            status: review.decision.into(),
            reviewed_by: Some(review.reviewed_by),
            reviewed_at: Some(review.reviewed_at),
            comment: review.comment.clone(),
            ..self
        }
    }
}

/// The state of a request.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum RequestStatus {
    Pending,
    Approved,
    Rejected,
}

/// The order of requests: by time, then id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)] // the fields of `AccessRequest`
pub struct AccessRequestKey {
    pub requested_at: Timestamp,
    pub id: AccessRequestId,
}

/// A request to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccessRequest {
    /// Unique in the tenant.
    pub id: AccessRequestId,
    /// The tenant of user and asset.
    pub tenant: TenantId,
    /// Who asks.
    pub user: UserId,
    /// The asset that is asked for.
    pub asset: AssetId,
    /// The reason.
    pub reason: Option<Text>,
    /// When it was made.
    pub requested_at: Timestamp,
}

impl From<NewAccessRequest> for AccessRequest {
    fn from(new: NewAccessRequest) -> Self {
        Self {
            id: new.id,
            tenant: new.tenant,
            user: new.user,
            asset: new.asset,
            reason: new.reason,
            requested_at: new.requested_at,
            status: RequestStatus::Pending,
            reviewed_by: None,
            reviewed_at: None,
            comment: None,
        }
    }
}

/// A decision about a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// The decision.
    pub decision: ReviewDecision,
    /// Who decides.
    pub reviewed_by: UserId,
    /// When.
    pub reviewed_at: Timestamp,
    /// A comment.
    pub comment: Option<Text>,
}

/// What can be decided about a request.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // the names say it
pub enum ReviewDecision {
    Approved,
    Rejected,
}

impl From<ReviewDecision> for RequestStatus {
    fn from(decision: ReviewDecision) -> Self {
        match decision {
            ReviewDecision::Approved => Self::Approved,
            ReviewDecision::Rejected => Self::Rejected,
        }
    }
}
