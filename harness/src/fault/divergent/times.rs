//! Times.

use pangolin_store::*;

use super::audit::each_event;
use crate::fault::fault;

/// `time` rounded down to a multiple of `unit` microseconds.
fn rounded(time: Timestamp, unit: i64) -> Timestamp {
    Timestamp::from_micros(time.micros().div_euclid(unit) * unit).unwrap_or(time)
}

fault!(
    AuditMillisecondsKept,
    "audit-milliseconds-kept",
    Audit,
    Divergent,
    "keeps milliseconds of an audit event's time",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        each_event(&mut reply, |event| event.timestamp = rounded(event.timestamp, 1_000));
        Ok(reply)
    }
);

fault!(
    SyncSecondsKept,
    "sync-seconds-kept",
    Federation,
    Divergent,
    "keeps seconds of the time of a synchronisation",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let Some(Some(status)) = reply.get_mut::<Option<SyncStatus>>() {
            status.last_synced_at = rounded(status.last_synced_at, 1_000_000);
        }
        Ok(reply)
    }
);

fault!(
    UserSecondsKept,
    "user-seconds-kept",
    Users,
    Divergent,
    "keeps seconds of the time when a user was created",
    |op, inner| {
        let mut reply = op.apply(inner).await?;
        if let Some(Some(user)) = reply.get_mut::<Option<User>>() {
            user.created_at = rounded(user.created_at, 1_000_000);
        }
        Ok(reply)
    }
);
