//! Fields that may be empty.

use pangolin_store::*;
use uuid::Uuid;

use super::audit::each_event;
use crate::fault::fault;

fault!(
    NoLocationReadAsEmpty,
    "no-location-read-as-empty",
    Catalogs,
    Divergent,
    "reads a storage location that a catalog does not have back as an empty one",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        let filled = |catalog: &mut Catalog| {
            catalog.storage_location.get_or_insert_default();
        };
        if let Some(Some(catalog)) = reply.get_mut::<Option<Catalog>>() {
            filled(catalog);
        }
        if let Some(catalogs) = reply.get_mut::<Vec<Catalog>>() {
            catalogs.iter_mut().for_each(filled);
        }
        Ok(reply)
    }
);

fault!(
    NoUserReadAsNil,
    "no-user-read-as-nil",
    Audit,
    Divergent,
    "reads the user that an audit event does not name back as the nil id",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        each_event(&mut reply, |event| {
            event.user.get_or_insert(UserId::new(Uuid::nil()));
        });
        Ok(reply)
    }
);

fault!(
    EmptyReadAsNone,
    "empty-read-as-none",
    Settings,
    Divergent,
    "reads an empty mail server back as none",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let Some(settings) = reply.get_mut::<Settings>() {
            settings.smtp_host = settings.smtp_host.take().filter(|host| !host.is_empty());
        }
        Ok(reply)
    }
);

fault!(
    EmptyReasonReadAsNone,
    "empty-reason-read-as-none",
    AccessRequests,
    Divergent,
    "reads an empty reason of an access request back as none",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let Some(Some(request)) = reply.get_mut::<Option<AccessRequest>>() {
            request.reason = request.reason.take().filter(|reason| !reason.is_empty());
        }
        Ok(reply)
    }
);

fault!(
    NoLoginReadAsEpoch,
    "no-login-read-as-epoch",
    Users,
    Divergent,
    "reads the last login of a user who never logged in back as 1970",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let Some(Some(user)) = reply.get_mut::<Option<User>>() {
            user.last_login.get_or_insert(Timestamp::EPOCH);
        }
        Ok(reply)
    }
);
