//! Working out a merge: one pure function that all stores share.
//!
//! Assets are matched by id. The source keeps a *base* of each asset: the content with which it copied
//! the asset or last merged it. A side has changed an asset when its content differs from the base:
//!
//! | source | target | effect on the target |
//! | --- | --- | --- |
//! | changed or new | as the base, or absent and never copied | the source's content is taken |
//! | as the base | anything | none |
//! | deleted | as the base | deleted |
//! | both the same | | none |
//! | changed | changed, and not to the same | conflict `ModifiedInBoth` |
//! | deleted | changed | conflict `DeletedInSource` |
//! | changed | deleted | conflict `DeletedInTarget` |
//! | taken, but its place is held by another id | | conflict `NameTaken` |
//!
//! A place is held when another asset is still there after the rest of the merge was applied. So a
//! table that was dropped and created again under another id merges without a conflict, and so do two
//! tables that swapped names.
//!
//! A resolution decides its asset, whatever the table says. When an asset has several resolutions, the
//! last one decides (by `resolved_at`, then conflict id). Taking the source's side of a `NameTaken`
//! deletes the asset that holds the place, unless the merge changes that asset anyway or a resolution
//! decides it.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Asset, AssetId, AssetPlace, CommitOperation, ConflictId, ConflictKind, MergeConflict, MergeId,
    NamespacePath, Resolution, ResolutionChoice,
};

/// What the sides of a merge hold of one asset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// On the source.
    pub source: Option<Asset>,
    /// The content with which the source copied it, or last merged it.
    pub base: Option<Asset>,
    /// On the target.
    pub target: Option<Asset>,
}

/// What a merge depends on.
#[derive(Clone, Debug, Default)]
pub struct MergeInput {
    /// The sides of every asset whose content on the source differs from its base, and of every asset
    /// that a conflict names. More do no harm.
    pub assets: BTreeMap<AssetId, Sides>,
    /// Which assets hold, on the target, the places of the source's assets and of manual resolutions. More
    /// do no harm.
    pub holders: BTreeMap<AssetPlace, AssetId>,
    /// The merge's conflicts as they are stored.
    pub conflicts: Vec<MergeConflict>,
    /// Namespaces of manual resolutions that are no longer there.
    pub missing_namespaces: BTreeSet<NamespacePath>,
}

impl MergeInput {
    /// The places whose holders on the target must be known.
    pub fn wanted_places(&self) -> BTreeSet<AssetPlace> {
        let of_sources = self.assets.values().filter_map(|sides| sides.source.as_ref());
        of_sources.chain(self.manual_assets()).map(Asset::place).collect()
    }

    /// The namespaces that must be known to exist.
    pub fn wanted_namespaces(&self) -> BTreeSet<NamespacePath> {
        self.manual_assets().map(|asset| asset.namespace.clone()).collect()
    }

    fn manual_assets(&self) -> impl Iterator<Item = &Asset> {
        self.conflicts.iter().filter_map(|conflict| match &conflict.resolution.as_ref()?.choice {
            ResolutionChoice::Manual { asset } => Some(asset),
            ResolutionChoice::TakeSource | ResolutionChoice::TakeTarget => None,
        })
    }
}

/// The result of a merge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MergePlan {
    /// What prevents the merge, by asset.
    pub conflicts: BTreeMap<AssetId, ConflictKind>,
    /// What changes the target when there is no conflict: deletes first, then puts, each by place. They
    /// can be applied in order.
    pub operations: Vec<CommitOperation>,
}

impl MergePlan {
    /// The conflicts as rows of `merge`, by id.
    pub fn found(&self, merge: MergeId) -> BTreeMap<ConflictId, MergeConflict> {
        let row = |(&asset, kind): (&AssetId, &ConflictKind)| {
            let id = ConflictId::found(merge, asset);
            (id, MergeConflict { id, asset, kind: kind.clone(), resolution: None })
        };
        self.conflicts.iter().map(row).collect()
    }
}

/// Works out the result of a merge.
pub fn plan(input: &MergeInput) -> MergePlan {
    let decisions = decisions(&input.conflicts);
    let mut changes: BTreeMap<AssetId, TargetChange> = input
        .assets
        .iter()
        .map(|(&id, sides)| match decisions.get(&id) {
            Some((_, resolution)) => (id, decided(sides, &resolution.choice)),
            None => (id, undecided(sides)),
        })
        .collect();
    refuse_missing_namespaces(input, &decisions, &mut changes);
    while handle_one_taken_place(input, &decisions, &mut changes) {}
    MergePlan { operations: operations(input, &changes), conflicts: conflicts(changes) }
}

/// What happens to an asset on the target.
#[derive(Clone, Debug, PartialEq, Eq)]
enum TargetChange {
    Left,
    Taken(Asset),
    Deleted,
    InConflict(ConflictKind),
}

type Decisions<'a> = BTreeMap<AssetId, (&'a ConflictKind, &'a Resolution)>;

/// The resolution that decides each asset: the last one.
fn decisions(conflicts: &[MergeConflict]) -> Decisions<'_> {
    let mut resolved: Vec<_> = conflicts
        .iter()
        .filter_map(|conflict| Some((conflict, conflict.resolution.as_ref()?)))
        .collect();
    resolved.sort_by_key(|(conflict, resolution)| (resolution.resolved_at, conflict.id));
    resolved
        .into_iter()
        .map(|(conflict, resolution)| (conflict.asset, (&conflict.kind, resolution)))
        .collect()
}

fn decided(sides: &Sides, choice: &ResolutionChoice) -> TargetChange {
    match choice {
        ResolutionChoice::TakeTarget => TargetChange::Left,
        ResolutionChoice::TakeSource => match &sides.source {
            Some(source) => taken(source, sides),
            None => TargetChange::Deleted,
        },
        ResolutionChoice::Manual { asset } => taken(asset, sides),
    }
}

fn undecided(sides: &Sides) -> TargetChange {
    let Sides { source, base, target } = sides;
    if source == base || source == target {
        return TargetChange::Left;
    }
    match (source, target) {
        (Some(source), _) if target == base => taken(source, sides),
        (None, _) if target == base => TargetChange::Deleted,
        (Some(source), Some(target)) => TargetChange::InConflict(ConflictKind::ModifiedInBoth {
            fields: source.differing_fields(target),
        }),
        (Some(_), None) => TargetChange::InConflict(ConflictKind::DeletedInTarget),
        (None, _) => TargetChange::InConflict(ConflictKind::DeletedInSource),
    }
}

fn taken(asset: &Asset, sides: &Sides) -> TargetChange {
    if sides.target.as_ref() == Some(asset) {
        return TargetChange::Left;
    }
    TargetChange::Taken(asset.clone())
}

fn refuse_missing_namespaces(
    input: &MergeInput,
    decisions: &Decisions<'_>,
    changes: &mut BTreeMap<AssetId, TargetChange>,
) {
    for (id, change) in changes {
        let TargetChange::Taken(asset) = change else { continue };
        let Some((kind, _)) = decisions.get(id) else { continue };
        if input.missing_namespaces.contains(&asset.namespace) {
            *change = TargetChange::InConflict((*kind).clone());
        }
    }
}

/// Finds one asset whose place on the target is taken: either it is in conflict, or the holder is
/// deleted. Returns whether it found one. Either change can take the place of another asset, so this
/// is called until it finds none.
fn handle_one_taken_place(
    input: &MergeInput,
    decisions: &Decisions<'_>,
    changes: &mut BTreeMap<AssetId, TargetChange>,
) -> bool {
    let mut taken_places: BTreeMap<AssetPlace, AssetId> = BTreeMap::new();
    let mut found = None;
    for (&id, change) in changes.iter() {
        let TargetChange::Taken(asset) = change else { continue };
        let place = asset.place();
        if let Some(&holder) = input.holders.get(&place)
            && holder != id
            && stays(changes.get(&holder))
        {
            let holder_leaves = resolved_against(input, decisions, id, holder)
                && matches!(changes.get(&holder), None | Some(TargetChange::Left))
                && !decisions.contains_key(&holder);
            found = Some(if holder_leaves {
                (holder, TargetChange::Deleted)
            } else {
                (id, TargetChange::InConflict(ConflictKind::NameTaken { by: holder }))
            });
            break;
        }
        // Places are unique on the source, so one of two assets for one place was resolved by hand.
        if let Some(other) = taken_places.insert(place, id) {
            let (loser, by) = if decisions.contains_key(&id) { (id, other) } else { (other, id) };
            found = Some((loser, TargetChange::InConflict(ConflictKind::NameTaken { by })));
            break;
        }
    }
    let Some((id, change)) = found else { return false };
    changes.insert(id, change);
    true
}

/// Whether an asset with that change stays where it is on the target.
fn stays(change: Option<&TargetChange>) -> bool {
    matches!(change, None | Some(TargetChange::Left | TargetChange::InConflict(_)))
}

/// Whether a resolution says that `asset` takes its place from `holder`. It holds even when a later
/// resolution of another conflict on the asset also takes the source.
fn resolved_against(
    input: &MergeInput,
    decisions: &Decisions<'_>,
    asset: AssetId,
    holder: AssetId,
) -> bool {
    let takes_source = |resolution: &Resolution| resolution.choice == ResolutionChoice::TakeSource;
    let mut of_this_place = input.conflicts.iter().filter(|conflict| {
        conflict.asset == asset && conflict.kind == ConflictKind::NameTaken { by: holder }
    });
    decisions.get(&asset).is_some_and(|(_, resolution)| takes_source(resolution))
        && of_this_place.any(|conflict| conflict.resolution.as_ref().is_some_and(takes_source))
}

fn operations(
    input: &MergeInput,
    changes: &BTreeMap<AssetId, TargetChange>,
) -> Vec<CommitOperation> {
    let places: BTreeMap<AssetId, &AssetPlace> =
        input.holders.iter().map(|(place, &id)| (id, place)).collect();
    let mut deletes = BTreeSet::new();
    let mut puts = BTreeMap::new();
    for (id, change) in changes {
        let target = input.assets.get(id).and_then(|sides| sides.target.as_ref());
        let from = target.map(Asset::place).or_else(|| places.get(id).map(|&place| place.clone()));
        match change {
            TargetChange::Left | TargetChange::InConflict(_) => {}
            TargetChange::Deleted => deletes.extend(from),
            TargetChange::Taken(asset) => {
                deletes.extend(from.filter(|from| *from != asset.place()));
                puts.insert(asset.place(), asset.clone());
            }
        }
    }
    let delete =
        |AssetPlace { namespace, name }: AssetPlace| CommitOperation::Delete { namespace, name };
    let put = |asset| CommitOperation::Put { asset };
    deletes.into_iter().map(delete).chain(puts.into_values().map(put)).collect()
}

fn conflicts(changes: BTreeMap<AssetId, TargetChange>) -> BTreeMap<AssetId, ConflictKind> {
    let in_conflict = |(id, change)| match change {
        TargetChange::InConflict(kind) => Some((id, kind)),
        TargetChange::Left | TargetChange::Taken(_) | TargetChange::Deleted => None,
    };
    changes.into_iter().filter_map(in_conflict).collect()
}

#[cfg(test)]
mod tests;
